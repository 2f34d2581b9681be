/* sensor: runs a program and writes down which paths it and its descendants touch.
 *
 *     sensor LOG -- PROGRAM [ARGUMENT]…    trace PROGRAM, append to LOG, exit as PROGRAM does
 *     sensor --check                       say whether tracing works here
 *     sensor --mark LOG                    start the next phase of the trace that writes LOG, wait until it has
 *     sensor --reload LOG                  send SIGHUP to the program of that trace
 *     sensor --end LOG                     kill the program of that trace, so that LOG still gets its end
 *
 * It is meant to be the entry process of a container. Signals go on to the program, orphans are reaped, the exit
 * status is the program's (128+N when signal N killed it). What differs for the program: it is not process 1, it
 * may not trace others itself (strace, gdb), and io_uring is refused (as engines' own profiles do).
 * Three signals are the sensor's own, by number as an engine's `kill --signal` counts: 39 (SIGRTMIN+5) is --mark,
 * 40 is --end, 41 is its clock.
 * Exit codes of its own: 125 it cannot trace here (why is on stderr), 126 PROGRAM cannot be run, 127 not found.
 *
 * How: a seccomp filter stops the program at calls that take a path and lets all others run at full speed; ptrace
 * reads the path, and the result where it is not known yet. PTRACE_GET_SYSCALL_INFO (Linux 5.3) gives number,
 * arguments and result alike on every architecture.
 *
 * The log is text, one record a line, fields separated by tabs; control bytes and backslashes are \xHH, all other
 * bytes are as they were:
 *     unladen-trace VERSION ARCHITECTURE KERNEL PID
 *     process PID EXE            names the process that the following lines speak of by PID
 *     CALL ERRNO PID PATH        once for each (CALL, ERRNO, PATH) of a phase; ERRNO 0 is success
 *     mark N                     phase N starts here
 *     lost WHAT PID CALL         something that could not be read
 *     end KEY=COUNT…             the last line; a log without it is not complete
 * A call that is newer than this source (see NEWEST) and succeeds is lost: "unknown".
 * Once a path's call has succeeded in a phase, its later results in that phase are not looked at.
 * PATH is absolute, but as the program gave it: symbolic links, "..", "." and "//" are in it still.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#define NATIVE AUDIT_ARCH_X86_64
#define NR(X86_64, AARCH64) X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
#define NATIVE AUDIT_ARCH_AARCH64
#define NR(X86_64, AARCH64) AARCH64
#else
#error "the sensor knows x86_64 and aarch64"
#endif

enum { CANNOT_TRACE = 125, CANNOT_RUN = 126, NOT_FOUND = 127 };
enum { SIGNAL_MARK = 39, SIGNAL_END = 40, SIGNAL_TICK = 41 };
enum { TICK_MS = 100, LONGEST_PATH = 2 * PATH_MAX + 2, LONGEST_LINE = 4 * LONGEST_PATH + 128 };

static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("sensor: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* ---------------------------------------------------------------------------------------------- the log */

/* What cannot be told of the program's paths; each is counted, and all but the last two make the trace incomplete. */
enum loss { UNREADABLE, UNPLACED, FOREIGN, UNKNOWN, HANDLES, MOUNTS, PRIVILEGES, FAILED, FILTERS, LOSSES };

static const char *const loss_names[LOSSES] = {
    [UNREADABLE] = "unreadable", /* the path (or the whole call) could not be read from the process */
    [UNPLACED] = "unplaced",     /* the path is relative to a directory that could not be found out */
    [FOREIGN] = "foreign",       /* a call by a 32-bit program */
    [UNKNOWN] = "unknown",       /* a call that is newer than this sensor */
    [HANDLES] = "handles",       /* a file opened by handle, which has no path */
    [MOUNTS] = "mounts",         /* the program changed what paths mean */
    [PRIVILEGES] = "privileges", /* a set-user-ID program ran without its privileges, because it was traced */
    [FAILED] = "failed",         /* a path that was not there could not be read: nothing that a list could keep */
    [FILTERS] = "filters",       /* seccomp filters of the program: what they refuse does not happen, nor show */
};

static struct {
    int file;
    bool broken; /* a write failed: what follows would have a hole before it, so nothing follows */
    bool ticking;
    timer_t clock;
    size_t used;
    unsigned long touches, processes, phase, losses[LOSSES];
    char data[4 * LONGEST_LINE];
} logbook;

static void flush(void)
{
    for (size_t done = 0; done < logbook.used && !logbook.broken;) {
        ssize_t n = write(logbook.file, logbook.data + done, logbook.used - done);
        if (n > 0) {
            done += n;
        } else if (n == 0 || errno != EINTR) {
            complain("cannot write the log: %s; the trace will be incomplete", strerror(errno));
            logbook.broken = true;
        }
    }
    logbook.used = 0;
}

static void put(const char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (; *text; text++) {
        unsigned char byte = *text;
        if (byte < ' ' || byte == '\\' || byte == 127) {
            char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            memcpy(logbook.data + logbook.used, escaped, sizeof escaped);
            logbook.used += sizeof escaped;
        } else {
            logbook.data[logbook.used++] = byte;
        }
    }
}

/* A line reaches the file after TICK_MS at the latest: a container that is killed loses no more than that. */
static void set_clock(bool on)
{
    struct itimerspec every = {{0, on ? TICK_MS * 1000000 : 0}, {0, on ? TICK_MS * 1000000 : 0}};
    if (timer_settime(logbook.clock, 0, &every, NULL) == 0)
        logbook.ticking = on;
}

static void line(const char *first, ...)
{
    va_list fields;
    va_start(fields, first);
    if (logbook.used + LONGEST_LINE > sizeof logbook.data)
        flush();
    put(first);
    for (const char *field; (field = va_arg(fields, const char *));) {
        logbook.data[logbook.used++] = '\t';
        put(field);
    }
    logbook.data[logbook.used++] = '\n';
    va_end(fields);
    if (!logbook.ticking)
        set_clock(true);
}

struct number {
    char text[24];
};

static struct number number(unsigned long value)
{
    struct number n;
    snprintf(n.text, sizeof n.text, "%lu", value);
    return n;
}

static void open_log(const char *name)
{
    struct utsname kernel;
    logbook.file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (logbook.file < 0) {
        complain("cannot trace: cannot open the log %s: %s", name, strerror(errno));
        exit(CANNOT_TRACE);
    }
    struct sigevent tick = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGNAL_TICK};
    if (timer_create(CLOCK_MONOTONIC, &tick, &logbook.clock) != 0 || uname(&kernel) != 0) {
        complain("cannot trace: %s", strerror(errno));
        exit(CANNOT_TRACE);
    }
    line("unladen-trace", "1", ARCHITECTURE, kernel.release, number(getpid()).text, NULL);
    flush();
}

static void close_log(void)
{
    char counts[LOSSES][48], touches[48], processes[48];
    snprintf(touches, sizeof touches, "touches=%lu", logbook.touches);
    snprintf(processes, sizeof processes, "processes=%lu", logbook.processes);
    for (int i = 0; i < LOSSES; i++)
        snprintf(counts[i], sizeof counts[i], "%s=%lu", loss_names[i], logbook.losses[i]);
    line("end", touches, processes, counts[UNREADABLE], counts[UNPLACED], counts[FOREIGN], counts[UNKNOWN],
         counts[HANDLES], counts[MOUNTS], counts[PRIVILEGES], counts[FAILED], counts[FILTERS], NULL);
    flush();
}

/* ------------------------------------------------------------------------------- what was written already */

struct record {
    struct record *next;
    uint64_t hash;
    int result;
    char text[]; /* call, NUL, path */
};

struct records {
    struct record *buckets[1 << 14];
    size_t count;
};

enum { MOST_RECORDS = 1 << 20 }; /* past that all are forgotten: a line twice does no harm, a full memory does */

static uint64_t hash_of(const char *call, int result, const char *path)
{
    uint64_t hash = 14695981039346656037u ^ (unsigned)result;
    while (*call)
        hash = (hash ^ (unsigned char)*call++) * 1099511628211u;
    while (*path)
        hash = (hash ^ (unsigned char)*path++) * 1099511628211u;
    return hash ^ hash >> 29;
}

static void forget_all(struct records *records)
{
    for (size_t i = 0; i < sizeof records->buckets / sizeof *records->buckets; i++) {
        for (struct record *r = records->buckets[i], *next; r; r = next) {
            next = r->next;
            free(r);
        }
        records->buckets[i] = NULL;
    }
    records->count = 0;
}

static struct record **bucket_of(struct records *records, uint64_t hash)
{
    return &records->buckets[hash % (sizeof records->buckets / sizeof *records->buckets)];
}

static bool is_known(struct records *records, const char *call, int result, const char *path)
{
    uint64_t hash = hash_of(call, result, path);
    for (struct record *r = *bucket_of(records, hash); r; r = r->next)
        if (r->hash == hash && r->result == result && !strcmp(r->text, call) &&
            !strcmp(r->text + strlen(call) + 1, path))
            return true;
    return false;
}

/* True where it was not known before. Without memory everything is new, and written again. */
static bool learn(struct records *records, const char *call, int result, const char *path)
{
    if (is_known(records, call, result, path))
        return false;
    if (records->count >= MOST_RECORDS)
        forget_all(records);
    size_t head = strlen(call) + 1, tail = strlen(path) + 1;
    struct record *r = malloc(sizeof *r + head + tail);
    if (!r)
        return true;
    r->hash = hash_of(call, result, path);
    r->result = result;
    memcpy(r->text, call, head);
    memcpy(r->text + head, path, tail);
    struct record **bucket = bucket_of(records, r->hash);
    r->next = *bucket;
    *bucket = r;
    records->count++;
    return true;
}

/* ------------------------------------------------------------------- the calls, and where their paths are */

/* In this order: from OPENS on a hidden process is followed to the result, from EXECUTES on every process is, and
 * those from CHANGES_USER on name no path. */
enum kind {
    PLAIN, CONNECTS, SENDS, OPENS, OPENS_HOW, CREATES, EXECUTES, MOVES, CHANGES_ROOT, CHANGES_USER, DUPLICATES, LOSES
};
enum { CLONES = 1, CLOSES_AT_EXEC = 4, NEW_MOUNTS = 0x20000 }; /* flags of open_tree, close_range and unshare */
enum { CWD = -1, ITSELF = -1 }; /* .dir: relative to the working directory; .path: .dir is the object itself */

struct place {
    const char *name; /* what the log calls it; NULL where there is no path */
    int8_t dir, path; /* the arguments' positions */
};

struct call {
    struct place places[2];
    enum kind kind;
    enum loss loss; /* of LOSES: counted when the call succeeds */
};

#define PATH(NAME, P) {{{NAME, CWD, P}}}
#define AT(NAME, D, P) {{{NAME, D, P}}}
#define USER {{{"user", CWD, ITSELF}}, .kind = CHANGES_USER}
#define DUPLICATE {{{"duplicate", CWD, ITSELF}}, .kind = DUPLICATES}
#define LOSS(NAME, WHAT) {{{NAME, CWD, ITSELF}}, .kind = LOSES, .loss = WHAT}

/* Written out, because what a compiler's headers know differs. NEWEST is the last call that was looked at for this
 * table: all up to it that take a path are here, and any newer one that succeeds is counted as lost. */
enum {
    NR_FCNTL = NR(72, 25),
    NR_SENDTO = NR(44, 206),
    NR_PRCTL = NR(157, 167),
    NR_UNSHARE = NR(272, 97),
    NR_SECCOMP = NR(317, 277),
    NR_IO_URING_SETUP = NR(425, 425),
    NR_OPEN_TREE = NR(428, 428),
    NR_OPEN_TREE_ATTR = NR(467, 467),
    NR_CLOSE = NR(3, 57),
    NR_CLOSE_RANGE = NR(436, 436),
    NR_SENDMMSG = NR(307, 269),
    NEWEST = 471,
    X32 = 0x40000000, /* x86_64's calls with 32-bit pointers begin here */
};

static const struct call calls[] = {
#if defined(__x86_64__) /* the calls that newer architectures have in their -at form alone */
    [2] = {{{"open", CWD, 0}}, OPENS}, /* open */
    [85] = {{{"create", CWD, 0}}, CREATES}, /* creat */
    [4] = PATH("stat", 0), /* stat */
    [6] = PATH("stat", 0), /* lstat */
    [21] = PATH("access", 0), /* access */
    [89] = PATH("readlink", 0), /* readlink */
    [78] = AT("list", 0, ITSELF), /* getdents */
    [87] = PATH("unlink", 0), /* unlink */
    [84] = PATH("rmdir", 0), /* rmdir */
    [82] = {{{"rename", CWD, 0}, {"rename-to", CWD, 1}}}, /* rename */
    [86] = {{{"link", CWD, 0}, {"link-to", CWD, 1}}}, /* link */
    [88] = PATH("symlink", 1), /* symlink */
    [83] = PATH("mkdir", 0), /* mkdir */
    [133] = PATH("mknod", 0), /* mknod */
    [90] = PATH("chmod", 0), /* chmod */
    [92] = PATH("chown", 0), /* chown */
    [94] = PATH("chown", 0), /* lchown */
    [132] = PATH("utime", 0), /* utime */
    [235] = PATH("utime", 0), /* utimes */
    [261] = AT("utime", 0, 1), /* futimesat */
    [33] = DUPLICATE, /* dup2 */
#endif
    [NR(264, 38)] = {{{"rename", 0, 1}, {"rename-to", 2, 3}}}, /* renameat */
    [NR(257, 56)] = {{{"open", 0, 1}}, OPENS}, /* openat */
    [NR(437, 437)] = {{{"open", 0, 1}}, OPENS_HOW}, /* openat2 */
    [NR_OPEN_TREE] = {{{"open", 0, 1}}, OPENS},
    [NR_OPEN_TREE_ATTR] = {{{"open", 0, 1}}, OPENS},
    [NR(433, 433)] = AT("open", 0, 1), /* fspick */
    [NR(59, 221)] = {{{"exec", CWD, 0}}, EXECUTES}, /* execve */
    [NR(322, 281)] = {{{"exec", 0, 1}}, EXECUTES}, /* execveat */
    [NR(262, 79)] = AT("stat", 0, 1), /* newfstatat */
    [NR(332, 291)] = AT("stat", 0, 1), /* statx */
    [NR(269, 48)] = AT("access", 0, 1), /* faccessat */
    [NR(439, 439)] = AT("access", 0, 1), /* faccessat2 */
    [NR(267, 78)] = AT("readlink", 0, 1), /* readlinkat */
    [NR(80, 49)] = {{{"chdir", CWD, 0}}, MOVES}, /* chdir */
    [NR(81, 50)] = {{{"chdir", 0, ITSELF}}, MOVES}, /* fchdir */
    [NR(161, 51)] = {{{"chroot", CWD, 0}}, CHANGES_ROOT}, /* chroot */
    [NR(217, 61)] = AT("list", 0, ITSELF), /* getdents64 */
    [NR(263, 35)] = AT("unlink", 0, 1), /* unlinkat */
    [NR(316, 276)] = {{{"rename", 0, 1}, {"rename-to", 2, 3}}}, /* renameat2 */
    [NR(265, 37)] = {{{"link", 0, 1}, {"link-to", 2, 3}}}, /* linkat */
    [NR(266, 36)] = AT("symlink", 1, 2), /* symlinkat */
    [NR(258, 34)] = AT("mkdir", 0, 1), /* mkdirat */
    [NR(259, 33)] = AT("mknod", 0, 1), /* mknodat */
    [NR(76, 45)] = PATH("truncate", 0), /* truncate */
    [NR(268, 53)] = AT("chmod", 0, 1), /* fchmodat */
    [NR(452, 452)] = AT("chmod", 0, 1), /* fchmodat2 */
    [NR(260, 54)] = AT("chown", 0, 1), /* fchownat */
    [NR(280, 88)] = AT("utime", 0, 1), /* utimensat */
    [NR(191, 8)] = PATH("getxattr", 0), /* getxattr */
    [NR(192, 9)] = PATH("getxattr", 0), /* lgetxattr */
    [NR(194, 11)] = PATH("getxattr", 0), /* listxattr */
    [NR(195, 12)] = PATH("getxattr", 0), /* llistxattr */
    [NR(188, 5)] = PATH("setxattr", 0), /* setxattr */
    [NR(189, 6)] = PATH("setxattr", 0), /* lsetxattr */
    [NR(197, 14)] = PATH("setxattr", 0), /* removexattr */
    [NR(198, 15)] = PATH("setxattr", 0), /* lremovexattr */
    [NR(464, 464)] = AT("getxattr", 0, 1), /* getxattrat */
    [NR(465, 465)] = AT("getxattr", 0, 1), /* listxattrat */
    [NR(463, 463)] = AT("setxattr", 0, 1), /* setxattrat */
    [NR(466, 466)] = AT("setxattr", 0, 1), /* removexattrat */
    [NR(468, 468)] = AT("stat", 0, 1), /* file_getattr */
    [NR(469, 469)] = AT("chmod", 0, 1), /* file_setattr */
    [NR(163, 89)] = PATH("open", 0), /* acct */
    [NR(137, 43)] = PATH("statfs", 0), /* statfs */
    [NR(254, 27)] = PATH("watch", 1), /* inotify_add_watch */
    [NR(301, 263)] = AT("watch", 3, 4), /* fanotify_mark */
    [NR(303, 264)] = AT("stat", 0, 1), /* name_to_handle_at */
    [NR(42, 203)] = {{{"connect", CWD, 1}}, CONNECTS}, /* connect */
    [NR(49, 200)] = {{{"bind", CWD, 1}}, CONNECTS}, /* bind */
    [NR_SENDTO] = {{{"connect", CWD, 4}}, CONNECTS},
    [NR(46, 211)] = {{{"connect", CWD, 1}}, SENDS}, /* sendmsg */
    [NR_SENDMMSG] = {{{"connect", CWD, 1}}, SENDS},
    [NR(304, 265)] = LOSS("open", HANDLES), /* open_by_handle_at */
    [NR(165, 40)] = LOSS("mount", MOUNTS), /* mount */
    [NR(166, 39)] = LOSS("mount", MOUNTS), /* umount2 */
    [NR(429, 429)] = LOSS("mount", MOUNTS), /* move_mount */
    [NR(432, 432)] = LOSS("mount", MOUNTS), /* fsmount */
    [NR(442, 442)] = LOSS("mount", MOUNTS), /* mount_setattr */
    [NR(155, 41)] = LOSS("mount", MOUNTS), /* pivot_root */
    [NR(308, 268)] = LOSS("mount", MOUNTS), /* setns */
    [NR_UNSHARE] = LOSS("mount", MOUNTS),
    [NR_SECCOMP] = LOSS("seccomp", FILTERS),
    [NR(105, 146)] = USER, /* setuid */
    [NR(106, 144)] = USER, /* setgid */
    [NR(113, 145)] = USER, /* setreuid */
    [NR(114, 143)] = USER, /* setregid */
    [NR(117, 147)] = USER, /* setresuid */
    [NR(119, 149)] = USER, /* setresgid */
    [NR(122, 151)] = USER, /* setfsuid */
    [NR(123, 152)] = USER, /* setfsgid */
    [NR_PRCTL] = USER,
    [NR_FCNTL] = DUPLICATE,
    [NR(32, 23)] = DUPLICATE, /* dup */
    [NR(292, 24)] = DUPLICATE, /* dup3 */
};

enum { CALLS = sizeof calls / sizeof *calls };
#define LOW(ARGUMENT) (offsetof(struct seccomp_data, args) + 8 * (ARGUMENT)) /* both architectures are little-endian */

static bool is_open(const struct call *call)
{
    return call->kind == OPENS || call->kind == OPENS_HOW || call->kind == CREATES;
}

/* The filter leaves the program's own filters alone: of all that apply, the kernel obeys the strictest. */
static int install_filter(void)
{
    /* These are traced for some arguments alone. send() is a sendto() without an address, and frequent. */
    const struct {
        unsigned nr, word, test, value;
    } some[] = {
        {NR_FCNTL, LOW(1), BPF_JEQ, F_DUPFD},
        {NR_FCNTL, LOW(1), BPF_JEQ, F_DUPFD_CLOEXEC},
        {NR_SENDTO, LOW(4), BPF_JSET, UINT32_MAX},
        {NR_SENDTO, LOW(4) + 4, BPF_JSET, UINT32_MAX},
        {NR_PRCTL, LOW(0), BPF_JEQ, PR_SET_SECCOMP},
        {NR_PRCTL, LOW(0), BPF_JEQ, PR_SET_DUMPABLE},
        {NR_UNSHARE, LOW(0), BPF_JSET, NEW_MOUNTS},
        {NR_SECCOMP, LOW(0), BPF_JEQ, SECCOMP_SET_MODE_STRICT},
        {NR_SECCOMP, LOW(0), BPF_JEQ, SECCOMP_SET_MODE_FILTER},
    };
    enum { SOME = sizeof some / sizeof *some };
    bool in_part[CALLS] = {false};
    struct sock_filter code[2 * CALLS + 5 * SOME + 16], *end = code;
    const struct sock_filter trace = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
#define WHEN(TEST, K) *end++ = (struct sock_filter)BPF_JUMP(BPF_JMP | (TEST) | BPF_K, K, 0, 1)
#define LOAD(WORD) *end++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WORD)
    LOAD(offsetof(struct seccomp_data, arch));
    *end++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    *end++ = trace; /* a 32-bit program: counted */
    LOAD(offsetof(struct seccomp_data, nr));
    WHEN(BPF_JGT, NEWEST); /* newer calls, and on x86_64 the x32 ones */
    *end++ = trace;
    /* io_uring opens files without a call. Refused, programs use calls; engines' own profiles refuse it too. */
    WHEN(BPF_JEQ, NR_IO_URING_SETUP);
    *end++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    for (size_t i = 0; i < SOME; i++) {
        in_part[some[i].nr] = true;
        *end++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, some[i].nr, 0, 4);
        LOAD(some[i].word);
        WHEN(some[i].test, some[i].value);
        *end++ = trace;
        LOAD(offsetof(struct seccomp_data, nr));
    }
    for (unsigned nr = 0; nr < CALLS; nr++) {
        if (calls[nr].places[0].name && !in_part[nr]) {
            WHEN(BPF_JEQ, nr);
            *end++ = trace;
        }
    }
    *end++ = allow;
#undef WHEN
#undef LOAD
    struct sock_fprog program = {.len = end - code, .filter = code};
    if (syscall(NR_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
        return 0;
    if (errno != EACCES) /* EACCES: not privileged, then the kernel wants the promise below */
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return syscall(NR_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* ---------------------------------------------------------------------------------------- who is traced */

/* The C library's ptrace() hides failures of PEEKDATA, and its header clashes with the kernel's. */
static long ptrace(long request, pid_t tid, uintptr_t address, void *data)
{
    return syscall(SYS_ptrace, request, tid, address, data);
}

enum { FILES_KNOWN = 1024 };

struct process {
    pid_t pid;
    int threads;
    int memory;      /* /proc/PID/mem, opened early: it stays readable when the process changes its user */
    bool named;      /* the log has a line that says what PID is */
    bool hidden;     /* it changed its user: /proc shows no more than the memory opened before */
    char **files;    /* of a hidden process: the paths of the files it opened since */
    char *exe, *cwd; /* the last that was known; cwd is asked for anew while /proc answers */
    char *root;      /* set by chroot, NULL is the container's own */
};

struct touch {
    const char *name;
    char *path; /* NULL: could not be read */
    enum loss loss;
};

struct task {
    struct task *next;
    pid_t tid;
    struct process *process;
    const struct call *call; /* whose result is waited for, or NULL */
    unsigned nr;
    struct touch touches[2];
};

struct sensor {
    pid_t program;
    struct task *tasks[1024];
    struct records records;
};

static void *allocated(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) {
        complain("out of memory");
        _exit(CANNOT_TRACE); /* PTRACE_O_EXITKILL ends the program; a log without end says that it is incomplete */
    }
    return memory;
}

static char *copy_of(const char *text)
{
    return text ? strcpy(allocated(strlen(text) + 1), text) : NULL;
}

static void replace(char **text, const char *with)
{
    char *copy = copy_of(with);
    free(*text);
    *text = copy;
}

/* A process that dropped from root to another user shows its links and memory to that user (and to CAP_SYS_PTRACE)
 * alone. A root sensor has the right to be that user for file access, for a moment. */
static bool be_user_of(pid_t tid)
{
    char name[32];
    struct stat owner;
    snprintf(name, sizeof name, "/proc/%d", tid);
    if (geteuid() != 0 || stat(name, &owner) != 0 || owner.st_uid == 0)
        return false;
    setfsgid(owner.st_gid);
    setfsuid(owner.st_uid);
    return true;
}

static void be_oneself(void)
{
    setfsuid(geteuid());
    setfsgid(getegid());
}

static bool link_of(pid_t tid, const char *what, char out[static PATH_MAX])
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/%s", tid, what);
    ssize_t n = readlink(name, out, PATH_MAX - 1);
    if (n < 0 && (errno == EACCES || errno == EPERM) && be_user_of(tid)) {
        n = readlink(name, out, PATH_MAX - 1);
        be_oneself();
    }
    out[n < 0 ? 0 : n] = 0;
    return n > 0;
}

static void open_memory(struct process *p)
{
    char name[32];
    snprintf(name, sizeof name, "/proc/%d/mem", p->pid);
    if (p->memory >= 0)
        close(p->memory);
    p->memory = open(name, O_RDONLY | O_CLOEXEC);
    if (p->memory < 0 && (errno == EACCES || errno == EPERM) && be_user_of(p->pid)) {
        p->memory = open(name, O_RDONLY | O_CLOEXEC);
        be_oneself();
    }
}

static struct task **slot_of(struct sensor *s, pid_t tid)
{
    struct task **slot = &s->tasks[(unsigned)tid % (sizeof s->tasks / sizeof *s->tasks)];
    while (*slot && (*slot)->tid != tid)
        slot = &(*slot)->next;
    return slot;
}

static void parents_of(pid_t tid, pid_t *process, pid_t *parent)
{
    char name[32], status[1024];
    snprintf(name, sizeof name, "/proc/%d/status", tid);
    *process = tid;
    *parent = 0;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, status, sizeof status - 1);
    if (file >= 0)
        close(file);
    if (n <= 0)
        return; /* it is dead already */
    status[n] = 0;
    const char *tgid = strstr(status, "\nTgid:"), *ppid = strstr(status, "\nPPid:");
    if (tgid)
        *process = atoi(tgid + 6);
    if (ppid)
        *parent = atoi(ppid + 6);
}

static struct process *new_process(struct sensor *s, pid_t pid, pid_t parent_pid)
{
    struct process *p = allocated(sizeof *p);
    p->pid = pid;
    p->memory = -1;
    open_memory(p);
    struct task *parent = *slot_of(s, parent_pid);
    if (parent) {
        p->exe = copy_of(parent->process->exe);
        p->cwd = copy_of(parent->process->cwd);
        p->root = copy_of(parent->process->root);
        p->hidden = parent->process->hidden;
    }
    logbook.processes++;
    return p;
}

static struct task *task_of(struct sensor *s, pid_t tid)
{
    struct task **slot = slot_of(s, tid);
    if (*slot)
        return *slot;
    pid_t process, parent;
    parents_of(tid, &process, &parent);
    struct task *leader = process == tid ? NULL : *slot_of(s, process);
    struct task *t = allocated(sizeof *t);
    t->tid = tid;
    t->process = leader ? leader->process : new_process(s, process, parent);
    t->process->threads++;
    *slot = t;
    return t;
}

static void settle(struct task *t)
{
    for (int i = 0; i < 2; i++)
        free(t->touches[i].path);
    memset(t->touches, 0, sizeof t->touches);
    t->call = NULL;
}

static void forget_files(struct process *p)
{
    for (int i = 0; p->files && i < FILES_KNOWN; i++)
        free(p->files[i]);
    free(p->files);
    p->files = NULL;
}

static void remember_file(struct process *p, long file, const char *path)
{
    if (!p->files)
        p->files = allocated(FILES_KNOWN * sizeof *p->files);
    if (file >= 0 && file < FILES_KNOWN)
        replace(&p->files[file], path);
}

static const char *file_of(const struct process *p, int file)
{
    return p->files && file >= 0 && file < FILES_KNOWN ? p->files[file] : NULL;
}

static void drop_task(struct task **slot)
{
    struct task *t = *slot;
    struct process *p = t->process;
    *slot = t->next;
    settle(t);
    free(t);
    if (--p->threads > 0)
        return;
    if (p->memory >= 0)
        close(p->memory);
    forget_files(p);
    free(p->exe);
    free(p->cwd);
    free(p->root);
    free(p);
}

/* ---------------------------------------------------------------------------------- reading from a task */

static size_t peek(struct task *t, uint64_t address, void *out, size_t size)
{
    address &= (UINT64_C(1) << 56) - 1; /* without the tag that aarch64 allows in the top byte */
    ssize_t n = t->process->memory < 0 ? -1 : pread(t->process->memory, out, size, address);
    if (n > 0)
        return n;
    size_t done = 0; /* the slow way asks for less: to be its tracer is enough, unless it hides its memory */
    while (done < size) {
        uint64_t from = (address + done) & ~(sizeof(long) - 1), skip = address + done - from;
        long word;
        if (ptrace(PTRACE_PEEKDATA, t->tid, from, &word) != 0)
            break;
        size_t part = sizeof word - skip < size - done ? sizeof word - skip : size - done;
        memcpy((char *)out + done, (char *)&word + skip, part);
        done += part;
    }
    return done;
}

enum found { NOTHING, FOUND, MISSED };

static enum found peek_string(struct task *t, uint64_t address, char out[static PATH_MAX])
{
    if (!address)
        return NOTHING;
    for (size_t used = 0; used < PATH_MAX;) {
        size_t size = 4096 - (address + used) % 4096; /* never past a page that may be the last */
        if (size > 256)
            size = 256;
        if (size > PATH_MAX - used)
            size = PATH_MAX - used;
        size_t n = peek(t, address + used, out + used, size);
        if (n == 0)
            return MISSED;
        if (memchr(out + used, 0, n))
            return *out ? FOUND : NOTHING;
        used += n;
    }
    return NOTHING; /* too long: the kernel refuses it */
}

static enum found socket_path(struct task *t, uint64_t address, uint64_t length, char out[static PATH_MAX])
{
    struct sockaddr_un name = {0};
    if (length <= offsetof(struct sockaddr_un, sun_path))
        return NOTHING;
    if (length > sizeof name)
        length = sizeof name;
    if (peek(t, address, &name, length) != length)
        return MISSED;
    if (name.sun_family != AF_UNIX || !name.sun_path[0])
        return NOTHING; /* an address, or an abstract name: no file */
    snprintf(out, PATH_MAX, "%.*s", (int)sizeof name.sun_path, name.sun_path);
    return FOUND;
}

/* Of sendmsg() and of the first message of sendmmsg(). */
static enum found message_path(struct task *t, uint64_t address, char out[static PATH_MAX])
{
    struct msghdr message;
    if (peek(t, address, &message, sizeof message) != sizeof message)
        return MISSED;
    return socket_path(t, (uintptr_t)message.msg_name, message.msg_namelen, out);
}

/* Whether a message of sendmmsg() after the first goes to a path: so rare that it is only counted. */
static bool sends_to_more_paths(struct task *t, const uint64_t arguments[static 3])
{
    char path[PATH_MAX];
    for (uint64_t i = 1; i < arguments[2] && i < 1024; i++)
        if (message_path(t, arguments[1] + i * sizeof(struct mmsghdr), path) == FOUND)
            return true;
    return false;
}

/* The directory that a relative path starts from, with a slash at its end. */
static bool base_of(struct task *t, int directory, char out[static LONGEST_PATH])
{
    char what[24] = "cwd";
    const struct process *p = t->process;
    if (directory != AT_FDCWD)
        snprintf(what, sizeof what, "fd/%d", directory);
    if (!link_of(t->tid, what, out) && p->hidden) {
        const char *remembered = directory == AT_FDCWD ? p->cwd : file_of(p, directory);
        snprintf(out, LONGEST_PATH, "%s", remembered ? remembered : "");
    }
    if (*out != '/')
        return false; /* not known, or no directory */
    if (out[strlen(out) - 1] != '/')
        strcat(out, "/");
    return true;
}

struct request {
    uint64_t *arguments;
    struct open_how how;
};

/* The absolute path that `place` of a call speaks of. */
static enum found locate(struct task *t, const struct place *place, const struct request *request,
                         char out[static LONGEST_PATH], enum loss *loss)
{
    char given[PATH_MAX] = "";
    int directory = place->dir == CWD ? AT_FDCWD : (int)request->arguments[place->dir];
    enum found found = FOUND;
    *loss = UNREADABLE;
    if (t->call->kind == CONNECTS)
        found = socket_path(t, request->arguments[place->path], request->arguments[place->path + 1], given);
    else if (t->call->kind == SENDS)
        found = message_path(t, request->arguments[place->path], given);
    else if (place->path != ITSELF)
        found = peek_string(t, request->arguments[place->path], given);
    /* An empty path means the open file itself, which was named when it was opened; an exec of it is news. */
    if (found == NOTHING && t->call->kind == EXECUTES && place->dir != CWD)
        found = FOUND;
    if (found != FOUND)
        return found;
    if (*given == '/' && !(request->how.resolve & RESOLVE_IN_ROOT)) {
        snprintf(out, LONGEST_PATH, "%s%s", t->process->root ? t->process->root : "", given);
        return FOUND;
    }
    *loss = UNPLACED;
    if (!base_of(t, directory, out))
        return MISSED;
    size_t base = strlen(out);
    if (*given)
        snprintf(out + base, LONGEST_PATH - base, "%s", given + strspn(given, "/"));
    else if (base > 1)
        out[base - 1] = 0;
    return FOUND;
}

static void read_how(struct task *t, const struct call *call, struct request *request)
{
    if (call->kind == OPENS)
        request->how.flags = request->arguments[call->places[0].path + 1];
    else if (call->kind == CREATES)
        request->how.flags = O_CREAT | O_WRONLY | O_TRUNC;
    else if (call->kind == OPENS_HOW)
        peek(t, request->arguments[2], &request->how, sizeof request->how);
}

/* Whether a file was made by the program, or there before, can be told only before the call is carried out. */
static const char *name_of(const struct call *call, const struct place *place, const struct request *request,
                           const char *path)
{
    if (!is_open(call))
        return place->name;
    if (request->how.flags & O_CREAT && path && access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return "create";
    return (request->how.flags & O_ACCMODE) == O_RDONLY || request->how.flags & O_PATH ? "open" : "write";
}

/* --------------------------------------------------------------------------------------- writing it down */

static void name_process(struct process *p)
{
    char exe[PATH_MAX];
    if (p->named)
        return;
    if (!p->exe && link_of(p->pid, "exe", exe))
        replace(&p->exe, exe);
    line("process", number(p->pid).text, p->exe ? p->exe : "", NULL);
    p->named = true;
}

static void lose(struct sensor *s, struct task *t, enum loss loss, const char *call)
{
    char key[64];
    logbook.losses[loss]++;
    snprintf(key, sizeof key, "%d %s", t->process->pid, call);
    if (!learn(&s->records, loss_names[loss], 0, key))
        return;
    name_process(t->process);
    line("lost", loss_names[loss], number(t->process->pid).text, call, NULL);
}

static void note(struct sensor *s, struct task *t, const char *call, int result, const char *path)
{
    if (!learn(&s->records, call, result, path))
        return;
    name_process(t->process);
    line(call, number(result).text, number(t->process->pid).text, path, NULL);
    logbook.touches++;
}

static void note_all(struct sensor *s, struct task *t, int result)
{
    if (t->call->kind == LOSES) {
        if (result == 0)
            lose(s, t, t->call->loss, t->call->loss == UNKNOWN ? number(t->nr).text : t->call->places[0].name);
    } else if (result != EFAULT) { /* EFAULT: the path was not the kernel's to read either */
        bool nothing = result == ENOENT || result == ENOTDIR || result == EBADF;
        for (int i = 0; i < 2 && t->touches[i].name; i++) {
            struct touch *touch = &t->touches[i];
            if (touch->path)
                note(s, t, touch->name, result, touch->path);
            else
                lose(s, t, nothing ? FAILED : touch->loss, touch->name);
        }
    }
}

/* ------------------------------------------------------------------------------------- what a stop means */

static bool call_of(struct task *t, int op, struct ptrace_syscall_info *info)
{
    return ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof *info, info) > 0 && info->op == op;
}

static const struct call *call_at(const struct ptrace_syscall_info *info)
{
    static const struct call own_filter = LOSS("seccomp", FILTERS), clone = LOSS("mount", MOUNTS),
                             newer = LOSS("call", UNKNOWN);
    uint64_t nr = info->seccomp.nr;
    if (info->arch != NATIVE || (nr >= X32 && nr <= INT_MAX))
        return NULL;
    if (nr > NEWEST)
        return &newer;
    if (nr == NR_PRCTL && info->seccomp.args[0] == PR_SET_SECCOMP)
        return &own_filter;
    if ((nr == NR_OPEN_TREE || nr == NR_OPEN_TREE_ATTR) && info->seccomp.args[2] & CLONES)
        return &clone;
    return &calls[nr];
}

/* Before a call: what it is about. Its result is waited for unless all of it succeeded before. */
static void on_entry(struct sensor *s, struct task *t)
{
    struct ptrace_syscall_info info;
    settle(t);
    if (!call_of(t, PTRACE_SYSCALL_INFO_SECCOMP, &info)) {
        if (errno != ESRCH) /* killed meanwhile: the call does not happen */
            lose(s, t, UNREADABLE, "call");
        return;
    }
    if (!call_at(&info)) {
        lose(s, t, FOREIGN, "call");
        return;
    }
    struct request request = {.arguments = (uint64_t *)info.seccomp.args};
    char cwd[PATH_MAX];
    t->call = call_at(&info);
    t->nr = info.seccomp.nr;
    if (t->call->kind == CHANGES_USER && link_of(t->tid, "cwd", cwd))
        replace(&t->process->cwd, cwd); /* the last chance to see it */
    if (t->call->kind == DUPLICATES) {
        t->touches[0].path = copy_of(file_of(t->process, info.seccomp.args[0]));
        if (!t->process->hidden)
            settle(t);
        return;
    }
    if (t->call->kind >= CHANGES_USER)
        return;
    if (t->nr == NR_SENDMMSG && sends_to_more_paths(t, request.arguments))
        lose(s, t, UNREADABLE, "connect");
    bool news = t->call->kind >= EXECUTES || (t->process->hidden && t->call->kind >= OPENS);
    read_how(t, t->call, &request);
    for (int i = 0, n = 0; i < 2 && t->call->places[i].name; i++) {
        char path[LONGEST_PATH];
        enum loss loss;
        enum found found = locate(t, &t->call->places[i], &request, path, &loss);
        if (found == NOTHING)
            continue;
        struct touch *touch = &t->touches[n++];
        touch->loss = loss;
        touch->path = found == FOUND ? copy_of(path) : NULL;
        touch->name = name_of(t->call, &t->call->places[i], &request, touch->path);
        news |= !touch->path || !is_known(&s->records, touch->name, 0, touch->path);
        if (!touch->path && !call_of(t, PTRACE_SYSCALL_INFO_SECCOMP, &info))
            news = false; /* killed meanwhile */
    }
    if (!news || !t->touches[0].name)
        settle(t);
}

/* What a successful call changes in how later paths are to be read. */
static void follow(struct task *t, long returned)
{
    struct process *p = t->process;
    char link[PATH_MAX];
    const char *path = t->touches[0].path;
    if (t->call->kind == MOVES && path)
        replace(&p->cwd, path);
    else if (t->call->kind == CHANGES_ROOT)
        replace(&p->root, link_of(t->tid, "root", link) ? link : path);
    else if (t->call->kind == CHANGES_USER && link_of(t->tid, "cwd", link)) {
        p->hidden = false;
        forget_files(p);
    } else if (t->call->kind == CHANGES_USER)
        p->hidden = true;
    else if (p->hidden && (t->call->kind == DUPLICATES || is_open(t->call)))
        remember_file(p, returned, path);
}

/* A number that is closed may come back without a call that the filter stops: a socket, a file that was received. */
static void forget_closed(struct process *p, uint64_t nr, const uint64_t arguments[static 3])
{
    if (nr == NR_CLOSE)
        remember_file(p, (int)arguments[0], NULL);
    else if (nr == NR_CLOSE_RANGE && !(arguments[2] & CLOSES_AT_EXEC))
        for (uint64_t file = arguments[0]; file <= arguments[1] && file < FILES_KNOWN; file++)
            remember_file(p, file, NULL);
}

static void on_begin_or_end_of_call(struct sensor *s, struct task *t)
{
    struct ptrace_syscall_info info;
    if (t->process->hidden && call_of(t, PTRACE_SYSCALL_INFO_ENTRY, &info)) {
        forget_closed(t->process, info.entry.nr, (const uint64_t *)info.entry.args);
        return;
    }
    if (t->call && call_of(t, PTRACE_SYSCALL_INFO_EXIT, &info)) {
        int result = info.exit.is_error ? (int)-info.exit.rval : 0;
        if (result >= 512) /* ERESTARTSYS and its kin never reach the program: it will call again, or see EINTR */
            result = EINTR;
        bool searches = result != 0 && t->call->kind == EXECUTES && !t->process->exe;
        if (!searches) /* the program's place in PATH is the sensor's own search */
            note_all(s, t, result);
        if (result == 0)
            follow(t, info.exit.rval);
    }
    settle(t);
}

/* A traced program gets no privileges from its file, unless the sensor has CAP_SYS_PTRACE. */
static bool lost_privileges(pid_t pid)
{
    char name[32], capability[64];
    struct stat file, process;
    snprintf(name, sizeof name, "/proc/%d", pid);
    if (stat(name, &process) != 0 || process.st_uid == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return false; /* it had none to gain, or would have gained none untraced either */
    snprintf(name, sizeof name, "/proc/%d/exe", pid);
    bool other = be_user_of(pid);
    bool lost = stat(name, &file) == 0 && ((file.st_mode & S_ISUID && file.st_uid != process.st_uid) ||
                                           ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
                                            file.st_gid != process.st_gid) ||
                                           getxattr(name, "security.capability", capability, sizeof capability) > 0);
    if (other)
        be_oneself();
    return lost;
}

/* After a successful exec. If another thread than the first called it, it has the first one's number now. */
static void on_exec(struct sensor *s, struct task *t)
{
    unsigned long former = 0;
    char exe[PATH_MAX];
    if (ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &former) == 0 && (pid_t)former != t->tid) {
        struct task **slot = slot_of(s, former);
        if (t->call)
            note_all(s, t, EINTR);
        settle(t);
        if (*slot) {
            t->call = (*slot)->call;
            memcpy(t->touches, (*slot)->touches, sizeof t->touches);
            memset((*slot)->touches, 0, sizeof (*slot)->touches);
            drop_task(slot);
        }
    }
    open_memory(t->process);
    forget_files(t->process);
    t->process->named = t->process->hidden = false;
    bool known = link_of(t->tid, "exe", exe);
    replace(&t->process->exe, known ? exe : t->touches[0].path);
    /* The path may have been unreadable (between a change of user and the exec), and it may name a script or a link
     * to what runs now. So both are written. */
    if (t->touches[0].path)
        note(s, t, "exec", 0, t->touches[0].path);
    if (known)
        note(s, t, "exec", 0, exe);
    else if (!t->touches[0].path)
        lose(s, t, UNREADABLE, "exec");
    if (lost_privileges(t->process->pid))
        lose(s, t, PRIVILEGES, "exec");
    settle(t);
}

/* Lets a stopped task go on, up to the end of its call where the result is wanted. A hidden process stops at every
 * call: what its file numbers mean must be followed, /proc does not tell. A task that cannot go on is dead. */
static void resume(struct task *t, int signal)
{
    bool stops = t->call || t->process->hidden;
    ptrace(stops ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, (void *)(long)signal);
}

static void on_stop(struct sensor *s, struct task *t, int status)
{
    int signal = WSTOPSIG(status);
    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        on_entry(s, t);
        resume(t, 0);
        break;
    case PTRACE_EVENT_EXEC:
        on_exec(s, t);
        resume(t, 0);
        break;
    case PTRACE_EVENT_STOP:
        if (signal == SIGTRAP) /* a new task, or one that SIGCONT woke */
            resume(t, 0);
        else /* the whole process is stopped, as its job control wants it */
            ptrace(PTRACE_LISTEN, t->tid, 0, NULL);
        break;
    case 0:
        if (signal == (SIGTRAP | 0x80)) {
            on_begin_or_end_of_call(s, t);
            signal = 0;
        }
        resume(t, signal);
        break;
    default: /* fork, vfork, clone: the child comes with a stop of its own */
        resume(t, 0);
    }
}

static void on_death(struct sensor *s, pid_t tid)
{
    struct task **slot = slot_of(s, tid);
    if (!*slot)
        return; /* an orphan that was never traced: reaped, no more */
    if ((*slot)->call)
        note_all(s, *slot, EINTR);
    drop_task(slot);
}

/* -------------------------------------------------------------------------------------------- signals */

/* What the signal handler tells the loop; `marks` only ever grows. */
static struct {
    volatile pid_t program;
    volatile sig_atomic_t marks, tick;
} inbox;

static void on_signal(int signal)
{
    int saved = errno;
    if (signal == SIGNAL_MARK)
        inbox.marks++;
    else if (signal == SIGNAL_TICK)
        inbox.tick = 1;
    else if (inbox.program > 0)
        kill(inbox.program, signal == SIGNAL_END ? SIGKILL : signal);
    errno = saved;
}

static void read_inbox(struct sensor *s)
{
    while (logbook.phase < (unsigned long)inbox.marks) {
        line("mark", number(++logbook.phase).text, NULL);
        flush();
        forget_all(&s->records);
    }
    if (inbox.tick) {
        inbox.tick = 0;
        if (logbook.used == 0)
            set_clock(false);
        flush();
    }
}

static bool is_forwarded(int signal)
{
    switch (signal) {
    case SIGKILL: case SIGSTOP: /* nobody can catch them */
    case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: case SIGABRT: case SIGSYS:
    case SIGCHLD: case SIGTTIN: case SIGTTOU: /* they are about the sensor itself */
    case 32: case 33: case 34: /* the C library's */
        return false;
    }
    return true;
}

static void forward_signals(pid_t program)
{
    struct sigaction action = {.sa_handler = on_signal};
    inbox.program = program;
    sigfillset(&action.sa_mask);
    for (int signal = 1; signal <= 64; signal++)
        if (is_forwarded(signal) && sigaction(signal, &action, NULL) != 0)
            complain("cannot forward signal %d: %s", signal, strerror(errno));
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --------------------------------------------------------------------------------- start, trace, finish */

enum stage { SEIZE, FILTER, RUN };

struct failure {
    enum stage stage;
    int error;
};

struct started {
    pid_t pid;
    int report; /* the child writes a struct failure here if it does not get as far as the program */
};

static void become_program(char **argv, int go, int report, const sigset_t *mask)
{
    char byte;
    struct failure failure = {FILTER, 0};
    if (read(go, &byte, 1) != 1)
        _exit(CANNOT_TRACE); /* the sensor gave up */
    if (install_filter() == 0) {
        setpgid(0, 0);
        if (isatty(0))
            tcsetpgrp(0, getpid()); /* as an entry process it would be in the foreground */
        sigprocmask(SIG_SETMASK, mask, NULL);
        execvp(argv[0], argv);
        failure.stage = RUN;
    }
    failure.error = errno;
    ssize_t n = write(report, &failure, sizeof failure);
    _exit(n == sizeof failure ? CANNOT_RUN : CANNOT_TRACE); /* explain() has the last word */
}

/* The sensor holds a file for each process. The program, started before, keeps the limit it had. */
static void allow_many_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files); /* not more is no loss: memory is read word by word then */
    }
}

/* The child waits until it is traced, so that its first exec is seen like every other. */
static struct started start(char **argv, const sigset_t *mask, struct failure *failure)
{
    int go[2], report[2];
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    *failure = (struct failure){SEIZE, 0};
    if (pipe2(go, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC | O_NONBLOCK) != 0) {
        failure->error = errno;
        return (struct started){-1, -1};
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        become_program(argv, go[0], report[1], mask);
    }
    if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, (void *)options) != 0 || write(go[1], "", 1) != 1) {
        failure->error = errno;
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, __WALL);
        }
        pid = -1;
    }
    close(go[0]);
    close(go[1]);
    close(report[1]);
    return (struct started){pid, report[0]};
}

/* The program's wait status. */
static int trace(struct sensor *s)
{
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        int error = errno;
        read_inbox(s);
        if (tid < 0 && error == EINTR)
            continue;
        if (tid < 0) {
            complain("cannot wait for the program: %s", strerror(error));
            exit(CANNOT_TRACE);
        }
        if (WIFSTOPPED(status)) {
            on_stop(s, task_of(s, tid), status);
            continue;
        }
        on_death(s, tid);
        if (tid == s->program)
            return status;
    }
}

static int explain(struct failure failure, const char *program)
{
    switch (failure.stage) {
    case SEIZE:
        complain("cannot trace: ptrace is forbidden here (%s) by the engine's seccomp profile, by Yama or by an "
                 "emulator",
                 strerror(failure.error));
        return CANNOT_TRACE;
    case FILTER:
        complain("cannot trace: a seccomp filter is forbidden here (%s)", strerror(failure.error));
        return CANNOT_TRACE;
    case RUN:
        complain("cannot run %s: %s", program, strerror(failure.error));
        return failure.error == ENOENT ? NOT_FOUND : CANNOT_RUN;
    }
    return CANNOT_TRACE;
}

/* Tries on a child of its own all that tracing needs: 0, or CANNOT_TRACE and the reason on stderr. */
static int check(const sigset_t *mask)
{
    char *nothing[] = {"/dev/null/unladen-check", NULL};
    struct failure failure;
    struct started probe = start(nothing, mask, &failure);
    if (probe.pid < 0)
        return explain(failure, "");
    struct process process = {.pid = probe.pid, .memory = -1};
    struct task task = {.tid = probe.pid, .process = &process};
    struct ptrace_syscall_info info;
    char path[PATH_MAX] = "", cwd[PATH_MAX];
    const char *missing = "seccomp filters do not stop the program";
    for (int status; waitpid(probe.pid, &status, __WALL) > 0 && WIFSTOPPED(status); resume(&task, 0)) {
        if (status >> 16 != PTRACE_EVENT_SECCOMP || !missing)
            continue;
        open_memory(&process);
        if (!call_of(&task, PTRACE_SYSCALL_INFO_SECCOMP, &info))
            missing = "the kernel does not tell calls (PTRACE_GET_SYSCALL_INFO needs Linux 5.3)";
        else if (peek_string(&task, info.seccomp.args[0], path) != FOUND || strcmp(path, nothing[0]))
            missing = "the program's memory cannot be read";
        else if (!link_of(probe.pid, "cwd", cwd))
            missing = "/proc does not show the program";
        else
            missing = NULL;
    }
    if (read(probe.report, &failure, sizeof failure) == sizeof failure && failure.stage == FILTER)
        return explain(failure, "");
    if (process.memory >= 0)
        close(process.memory);
    close(probe.report);
    if (missing)
        complain("cannot trace: %s", missing);
    return missing ? CANNOT_TRACE : 0;
}

/* Sends `signal` to the sensor that writes `name`, which passes on what is not its own; of a mark it waits until the
 * log has it. */
static int tell(const char *name, int signal)
{
    long sensor = 0, before = -1;
    for (int tries = 0; tries < 500; tries++) {
        static char text[LONGEST_LINE];
        long marks = 0;
        FILE *log = fopen(name, "re");
        if (!log) {
            complain("cannot read the log %s: %s", name, strerror(errno));
            return 1;
        }
        while (fgets(text, sizeof text, log)) {
            if (!strncmp(text, "mark\t", 5))
                marks++;
            else if (!strncmp(text, "unladen-trace\t", 14))
                sensor = atol(strrchr(text, '\t') + 1);
        }
        fclose(log);
        if (before < 0) {
            if (sensor <= 0 || kill(sensor, signal) != 0) {
                complain("cannot signal the sensor that writes %s: %s", name, strerror(sensor > 0 ? errno : ESRCH));
                return 1;
            }
            before = marks;
        }
        if (signal != SIGNAL_MARK || marks > before)
            return 0;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    complain("the sensor that writes %s does not answer", name);
    return 1;
}

int main(int argc, char **argv)
{
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask); /* until there is someone to forward signals to */
    signal(SIGCHLD, SIG_DFL);

    if (argc == 2 && !strcmp(argv[1], "--check")) {
        int result = check(&mask);
        if (result == 0)
            puts("tracing works here");
        return result;
    }
    if (argc == 3 && !strcmp(argv[1], "--mark"))
        return tell(argv[2], SIGNAL_MARK);
    if (argc == 3 && !strcmp(argv[1], "--reload"))
        return tell(argv[2], SIGHUP);
    if (argc == 3 && !strcmp(argv[1], "--end"))
        return tell(argv[2], SIGNAL_END);
    if (argc < 4 || strcmp(argv[2], "--")) {
        complain("usage: sensor LOG -- PROGRAM [ARGUMENT]… | --check | --mark LOG | --reload LOG | --end LOG");
        return CANNOT_TRACE;
    }

    char **program = argv + 3;
    struct failure failure;
    if (check(&mask) != 0)
        return CANNOT_TRACE;
    open_log(argv[1]);
    struct started started = start(program, &mask, &failure);
    if (started.pid < 0)
        return explain(failure, program[0]);
    static struct sensor sensor;
    sensor.program = started.pid;
    forward_signals(started.pid);
    allow_many_files();

    int status = trace(&sensor);

    inbox.program = 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (read(started.report, &failure, sizeof failure) == sizeof failure)
        code = explain(failure, program[0]);
    for (size_t i = 0; i < sizeof sensor.tasks / sizeof *sensor.tasks; i++)
        while (sensor.tasks[i])
            on_death(&sensor, sensor.tasks[i]->tid); /* what still ran ends with the sensor */
    close_log();
    return code;
}
