/* Lets the n-th operation on files below a folder fail, in whichever process of a family it happens.

   LD_PRELOADed. CHAOS_ROOT names the folder, CHAOS_PLAN a file of five 64-bit numbers that all processes map:
   operations so far, the first that fails, the first after it that does not, the errno, and by how many seconds
   the clock on the wall is wrong.
   Operations are what may find no room or a broken disk: write, rename, fsync, truncate, making files and folders. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct plan {
  uint64_t count, first, last, error;
  int64_t wrong;
};

static struct plan *plan;
static char root[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("CHAOS_PLAN"), *folder = getenv("CHAOS_ROOT");
  if (!file || !folder)
    return;
  int descriptor = open(file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0)
    return;
  void *there = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (there == MAP_FAILED)
    return;
  snprintf(root, sizeof root, "%s/", folder);
  plan = there;
}

static int fails(const char *path) {
  /* What the engine says of it all shall be read afterwards. */
  if (!plan || strncmp(path, root, strlen(root)) || strstr(path, "engine.log"))
    return 0;
  uint64_t number = __atomic_add_fetch(&plan->count, 1, __ATOMIC_SEQ_CST);
  if (number < plan->first || number >= plan->last)
    return 0;
  errno = (int)plan->error;
  return 1;
}

static int fails_at(int folder, const char *path) {
  char there[PATH_MAX], whole[2 * PATH_MAX];
  if (path[0] == '/')
    return fails(path);
  if (folder == AT_FDCWD) {
    if (!getcwd(there, sizeof there))
      return 0;
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t size = readlink(link, there, sizeof there - 1);
    if (size < 0)
      return 0;
    there[size] = 0;
  }
  snprintf(whole, sizeof whole, "%s/%s", there, path);
  return fails(whole);
}

static int fails_in(int descriptor) {
  char link[64], path[PATH_MAX];
  if (!plan)
    return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0)
    return 0;
  path[size] = 0;
  return fails(path);
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define IN(type, name, parameters, ...) \
  type name parameters { \
    REAL(name); \
    return fails_in(descriptor) ? (type)-1 : real(__VA_ARGS__); \
  }

IN(ssize_t, write, (int descriptor, const void *data, size_t size), descriptor, data, size)
IN(ssize_t, pwrite, (int descriptor, const void *data, size_t size, off_t at), descriptor, data, size, at)
IN(ssize_t, pwrite64, (int descriptor, const void *data, size_t size, off64_t at), descriptor, data, size, at)
IN(ssize_t, writev, (int descriptor, const struct iovec *parts, int count), descriptor, parts, count)
IN(ssize_t, sendfile, (int descriptor, int from, off_t *at, size_t size), descriptor, from, at, size)
IN(ssize_t, sendfile64, (int descriptor, int from, off64_t *at, size_t size), descriptor, from, at, size)
IN(int, fsync, (int descriptor), descriptor)
IN(int, fdatasync, (int descriptor), descriptor)
IN(int, ftruncate, (int descriptor, off_t size), descriptor, size)
IN(int, ftruncate64, (int descriptor, off64_t size), descriptor, size)

#define AT(name, parameters, path, ...) \
  int name parameters { \
    REAL(name); \
    return fails_at(AT_FDCWD, path) ? -1 : real(__VA_ARGS__); \
  }

AT(rename, (const char *from, const char *to), to, from, to)
AT(mkdir, (const char *path, mode_t mode), path, path, mode)

int renameat(int before, const char *from, int after, const char *to) {
  REAL(renameat);
  return fails_at(after, to) ? -1 : real(before, from, after, to);
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0; \
    va_end(more); \
    if ((flags & O_CREAT) && fails_at(AT_FDCWD, path)) \
      return -1; \
    return real(path, flags, mode); \
  }

OPEN(open)
OPEN(open64)

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int answer = real(clock, now);
  if (plan && !answer && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += plan->wrong;
  return answer;
}

int gettimeofday(struct timeval *now, void *zone) {
  REAL(gettimeofday);
  int answer = real(now, zone);
  if (plan && !answer && now)
    now->tv_sec += plan->wrong;
  return answer;
}

time_t time(time_t *where) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where)
    *where = now.tv_sec;
  return now.tv_sec;
}
