"""Names: of the current directory, of open files, and too long ones."""

from kit.kernel_calls import AT_FDCWD, O_CREAT, O_WRONLY, fails, getcwd, opened


def test_the_current_directory_has_no_links_in_its_name(k, folder):
    (folder / "a/b").mkdir(parents=True)
    (folder / "l").symlink_to("a/b")
    (folder / "a/up").symlink_to("../l/..")
    for path, name in (("l", "/home/a/b"), ("/home/a/up", "/home/a"), ("b/../up/b", "/home/a/b")):
        assert k.sys("chdir", path) == 0 and getcwd(k) == name
    assert k.sys("chdir", "/home") == 0
    assert k.sys("fchdir", opened(k, "l")) == 0 and getcwd(k) == "/home/a/b"


def test_names_of_open_files(k, folder):
    (folder / "f").write_bytes(b"")
    (folder / "l").symlink_to("f")

    def name(fd):
        room = k.room(64)
        return k.read(room, k.sys("readlinkat", AT_FDCWD, f"/proc/self/fd/{fd}", room, 64))

    for path, wanted in (
        ("l", b"/home/f"),
        (".", b"/home"),
        ("/", b"/"),
        ("/tmp/", b"/tmp"),
        ("/dev/null", b"/dev/null"),
    ):
        assert name(opened(k, path)) == wanted
    assert name(opened(k, "/tmp/x", O_CREAT | O_WRONLY)) == b"/tmp/x"
    fails("ENOENT", k.sys("readlinkat", AT_FDCWD, "/proc/self/fd/77", k.room(64), 64))


def test_times_of_the_streams_cannot_be_set(k):
    fails("EPERM", k.sys("utimensat_time64", 1, 0, 0, 0))


def test_long_names(k):
    fails("ENAMETOOLONG", k.sys("openat", AT_FDCWD, "x" * 4096, 0, 0))
    fails("ENAMETOOLONG", k.sys("openat", AT_FDCWD, "x" * 300, O_CREAT | O_WRONLY, 0))
    fails("ENAMETOOLONG", k.sys("mkdirat", AT_FDCWD, "/home/" + "y" * 5000, 0))
