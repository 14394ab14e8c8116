/* A webcam without hardware: /dev/video0 as the C library's callers see it, YUYV, 20 pictures a second.

   Loaded with LD_PRELOAD. Each picture is one grey, a step brighter than the one before. While the file that
   SHOPFLOOR_TEST_UNPLUGGED names is there, the device is not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WIDTH = 320, HEIGHT = 240, BYTES = WIDTH * HEIGHT * 2, SLOT = (BYTES + 65535) / 65536 * 65536, BUFFERS = 4, PERIOD_US = 50000 };
static int device = -1, queued[BUFFERS], streaming;
static unsigned char grey = 16;

static int unplugged(void) {
    const char *path = getenv("SHOPFLOOR_TEST_UNPLUGGED");
    return path && access(path, F_OK) == 0;
}

static int plug(const char *path) {
    if (strcmp(path, "/dev/video0") != 0) return -2;
    if (unplugged()) { errno = ENOENT; return -1; }
    device = memfd_create("webcam", 0);
    streaming = 0;
    if (ftruncate(device, BUFFERS * SLOT) != 0) return -1;
    return device;
}

#define OPENS(name)                                                              \
    int name(const char *path, int flags, ...) {                                 \
        static int (*real)(const char *, int, ...);                              \
        va_list more;                                                            \
        va_start(more, flags);                                                   \
        int mode = va_arg(more, int), mine = plug(path);                         \
        va_end(more);                                                            \
        if (mine != -2) return mine;                                             \
        if (!real) real = dlsym(RTLD_NEXT, #name);                               \
        return real(path, flags, mode);                                          \
    }
OPENS(open)
OPENS(open64)

static void describe(struct v4l2_format *format) {
    struct v4l2_pix_format *picture = &format->fmt.pix;
    picture->width = WIDTH;
    picture->height = HEIGHT;
    picture->pixelformat = V4L2_PIX_FMT_YUYV;
    picture->field = V4L2_FIELD_NONE;
    picture->bytesperline = WIDTH * 2;
    picture->sizeimage = BYTES;
}

static int refuse(int why) { errno = why; return -1; }

static int take(struct v4l2_buffer *buffer) {
    usleep(PERIOD_US);
    if (unplugged()) return refuse(ENODEV);
    for (int i = 0; i < BUFFERS; i++)
        if (queued[i]) {
            unsigned char picture[BYTES];
            for (int at = 0; at < BYTES; at += 2) { picture[at] = grey; picture[at + 1] = 128; }
            if (pwrite(device, picture, BYTES, (off_t)i * SLOT) != BYTES) return -1;
            grey = grey < 230 ? grey + 1 : 16;
            queued[i] = 0;
            buffer->index = i;
            buffer->bytesused = buffer->length = BYTES;
            buffer->flags = V4L2_BUF_FLAG_MAPPED;
            buffer->m.offset = i * SLOT;
            return 0;
        }
    return refuse(EAGAIN);
}

static int answer(unsigned long request, void *about) {
    if (unplugged()) return refuse(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *what = about;
        memset(what, 0, sizeof *what);
        strcpy((char *)what->driver, "webcam");
        strcpy((char *)what->card, "a webcam without hardware");
        what->capabilities = what->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        what->capabilities |= V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_G_INPUT: *(int *)about = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_ENUMINPUT: return ((struct v4l2_input *)about)->index ? refuse(EINVAL) : 0;
    case VIDIOC_G_FMT: case VIDIOC_S_FMT: case VIDIOC_TRY_FMT: describe(about); return 0;
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: {
        struct v4l2_streamparm *parm = about;
        parm->parm.capture.timeperframe.numerator = 1;
        parm->parm.capture.timeperframe.denominator = 20;
        return 0;
    }
    case VIDIOC_REQBUFS: {
        struct v4l2_requestbuffers *wanted = about;
        if (wanted->count > BUFFERS) wanted->count = BUFFERS;
        memset(queued, 0, sizeof queued);
        return 0;
    }
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = about;
        if (buffer->index >= BUFFERS) return refuse(EINVAL);
        buffer->length = BYTES;
        buffer->m.offset = buffer->index * SLOT;
        return 0;
    }
    case VIDIOC_QBUF: queued[((struct v4l2_buffer *)about)->index] = 1; return 0;
    case VIDIOC_DQBUF: return streaming ? take(about) : refuse(EINVAL);
    case VIDIOC_STREAMON: streaming = 1; return 0;
    case VIDIOC_STREAMOFF: streaming = 0; return 0;
    }
    return refuse(EINVAL);
}

int ioctl(int file, unsigned long request, ...) {
    static int (*real)(int, unsigned long, ...);
    va_list more;
    va_start(more, request);
    void *about = va_arg(more, void *);
    va_end(more);
    if (file == device && device >= 0) return answer(request & 0xffffffff, about);
    if (!real) real = dlsym(RTLD_NEXT, "ioctl");
    return real(file, request, about);
}

int close(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "close");
    if (file == device) device = -1;
    return real(file);
}
