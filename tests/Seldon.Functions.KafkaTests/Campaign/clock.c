/*
 * The wall clock of one process: the system's, and as many seconds more or fewer as stand in the file that SELDON_TEST_CLOCK names
 * (eight bytes, little-endian). Preloaded, it is what a step of the system's clock is to a program: readings of the wall clock jump,
 * and a wait until a time of that clock ends when the clock gets there, however late that is after a step back. (libfaketime ends
 * such a wait as if no step had been.) The monotonic clock goes on as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static const volatile int64_t *offset;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SELDON_TEST_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) offset = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec at;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &at);
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now) *now = at.tv_sec;
    return at.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
    /* The condition does not tell its clock; a time since the system's start is far before any of the calendar. */
    if (until->tv_sec < SECOND) return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, until);
    /* A waiter that is woken without a reason may go on differently, so it is not; and between two waits a signal can be missed, so there
       is only one, unless it ends before the clock has got there. */
    int64_t longest = INT64_MAX;
    for (;;)
    {
        struct timespec now, end;
        clock_gettime(CLOCK_REALTIME, &now);
        int64_t left = (until->tv_sec - now.tv_sec) * SECOND + until->tv_nsec - now.tv_nsec;
        if (left <= 0) return ETIMEDOUT;
        clock_gettime(CLOCK_MONOTONIC, &end);
        left = end.tv_nsec + (left < longest ? left : longest);
        end.tv_sec += left / SECOND;
        end.tv_nsec = left % SECOND;
        int result = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &end);
        if (result != ETIMEDOUT) return result;
        longest = SECOND / 2;
    }
}

/* What C itself has instead of the functions above is made of the same parts. */
int timespec_get(struct timespec *now, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until)
{
    int result = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until);
    return result == 0 ? thrd_success : result == ETIMEDOUT ? thrd_timedout : thrd_error;
}
