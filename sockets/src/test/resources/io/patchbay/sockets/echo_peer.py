"""Sends random bytes with descriptors between them, checks that the same bytes come back, and
prints device and inode of every descriptor that came with them. Ends when its input ends.
Arguments: socket, number of bytes, seed, files to send."""

import os
import random
import socket
import sys
import threading
import time

path, total, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = random.Random(seed).randbytes(total)
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
peer.connect(path)


def send():
    choice = random.Random(seed + 1)
    pending = [os.open(name, os.O_PATH) for name in sys.argv[4:]]
    position = 0
    while position < total:
        size = choice.choice([1, 20, 3000, 300_000])
        some = pending[: choice.choice([0, 0, 1, 3, 64])]
        if total - position < 1000:
            size, some = 1, pending[:64]
        del pending[: len(some)]
        chunk = data[position : position + size]
        position += socket.send_fds(peer, [chunk], some) if some else peer.send(chunk)
        for descriptor in some:
            os.close(descriptor)
    assert not pending


def receive():
    choice = random.Random(seed + 2)
    position = 0
    while position < total:
        chunk, descriptors, flags, _ = socket.recv_fds(peer, choice.choice([7, 100_000]), 253)
        assert chunk and not flags & socket.MSG_CTRUNC
        assert data[position : position + len(chunk)] == chunk, "bytes differ at %d" % position
        position += len(chunk)
        for descriptor in descriptors:
            stat = os.fstat(descriptor)
            print(stat.st_dev, stat.st_ino)
            os.close(descriptor)
        if choice.random() < 0.01:
            time.sleep(0.02)  # lets the other side's buffers fill


sender = threading.Thread(target=send, daemon=True)
sender.start()
receive()
sender.join()
print("done", flush=True)
sys.stdin.read()
