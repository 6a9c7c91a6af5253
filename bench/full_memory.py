"""Keeps the machine's free memory in the page cache, so that a page costs every broker the same.

In a virtual machine a page that nobody used for a while may be the host's again (free page reporting): its next first use then costs
microseconds, several times what writing the page costs, and falls on whoever comes by. The same 860 MB, received and written, were seen
to take 0.35 or 2.9 CPU seconds. With all memory in the page cache a new page is one that was in use a moment ago, as on a machine that
has been up for long.
"""
import os

LEAVE = 256 << 20  # free bytes; above the mark where the kernel begins to reclaim
CHUNK = 1 << 20


def free_bytes():
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemFree:"))


class FullMemory:
    """Reads a file without content: its holes fill the page cache and nothing goes to the disk. The kernel drops such pages first."""

    def __init__(self, path):
        self.path, self.read = path, 0
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.buffer = bytearray(CHUNK)

    def fill(self):
        """Called before each pass: what was given back meanwhile is taken again."""
        wanted = max(0, free_bytes() - LEAVE)  # once: while the kernel reclaims, a loop would not end
        os.ftruncate(self.file, self.read + wanted + CHUNK)
        for at in range(self.read, self.read + wanted, CHUNK):
            os.preadv(self.file, [self.buffer], at)
        self.read += wanted + CHUNK

    def close(self):
        os.close(self.file)
        os.unlink(self.path)
