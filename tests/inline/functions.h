/* The libc's functions, called as it exports them: through pointers that no compiler sees through. */
#define LIBC(type, name, ...) static type (*volatile libc_##name)(__VA_ARGS__) = name;

static int wrong;

#define EXPECT(good, ...) do { if (!(good) && wrong++ < 10) printf(__VA_ARGS__); } while (0)
