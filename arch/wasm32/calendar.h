/* Days and years by C. Neri and L. Schneider, "Euclidean affine functions and their application to
 * calendar algorithms" (2022): a year begins in March, so that a leap day is its last, and a month
 * that counts from there is a division by no whole number of days, hence one of a multiple of it. */

/* 1600-03-01, a Wednesday, the first of a cycle of 400 years; seconds, and its tm_year */
#define EPOCH -11670912000LL
#define EPOCH_YEAR (1600 - 1900)

#define DAYS_PER_400Y (365*400 + 97)
#define DAYS_PER_4Y   (365*4   + 1)
