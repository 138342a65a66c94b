# SPDX-License-Identifier: MIT
"""A disk that is full, breaks, writes half: no crash, a 452 with the reason,
nothing acknowledged is lost, and service again when the cause is gone."""
import os
import shutil
import signal
import smtplib
import subprocess
import tempfile

import mailscope
import senders

HERE = os.path.dirname(os.path.abspath(__file__))

# Octet for the shim, durability, what happens.
RULES = (("N", "process", "no space left"),
         ("E", "process", "I/O errors"),
         ("S", "process", "short writes"),
         ("D", "power", "fdatasync fails"),
         ("N", "power", "no space left, power"),
         ("W", "process", "writes that wait"),
         ("W", "power", "writes that wait, power"),
         ("T", "process", "torn writes"),
         ("T", "power", "torn writes, power"))


class Skipped(Exception):
    """This machine does not allow it."""


def build_shim():
    target = os.path.join(mailscope.ROOT, "build", "soak", "shim.so")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    built = subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2",
         "-fPIC", "-shared", "-o", target, os.path.join(HERE, "shim.c"),
         "-ldl"], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise Skipped("the shim cannot be built: " + built.stderr)
    return target


def set_rule(path, octet):
    """In place: the shim has the file mapped."""
    with open(path, "r+b", buffering=0) as control:
        control.write(octet.encode())


def more_than(clients, count):
    return lambda: len(clients.acknowledged) > count


def failure(server):
    """What the page says of the store."""
    return server.get("/api/info")["store"]["failure"]


def expect_slow(server):
    """Who comes with mail is told, the page too; nobody hangs."""
    mailscope.wait_for(lambda: "slow" in (failure(server) or ""), "the word")
    with smtplib.SMTP(*server.smtp, timeout=60) as client:
        client.ehlo("late.test")
        client.mail("a@client.test")
        client.rcpt("b@client.test")
        code, text = client.docmd("DATA")
        if code != 452 or not text.startswith(b"4.3.1") or b"slow" not in text:
            raise AssertionError("DATA on a slow disk: %d %s" % (code, text))
    # What was acknowledged and cannot be indexed yet must not be missing.
    status, _, body = server.ask("/api/messages?limit=5")
    if status != 200 and (status != 503 or b"slow" not in body):
        raise AssertionError("a list on a slow disk: %d %s" % (status, body))
    status, _, body = server.ask("/api/messages/1", "DELETE")
    if status < 500 or b"slow" not in body:
        raise AssertionError("DELETE on a slow disk: %d %s" % (status, body))


def under_rule(octet, clients, server, control):
    """Lets the rule hold until it was felt; then lifts it."""
    clients.start(server.smtp)
    mailscope.wait_for(more_than(clients, 50), "the first 50 messages")
    refused, kept = clients.refused, len(clients.acknowledged)
    set_rule(control, octet)
    if octet == "T":
        mailscope.wait_for(lambda: server.process.poll() is not None,
                           "the torn write")
        return
    if octet == "S":
        mailscope.wait_for(more_than(clients, kept + 100),
                           "messages over short writes")
    elif octet == "W":
        expect_slow(server)
    else:
        mailscope.wait_for(lambda: clients.refused > refused + 10,
                           "a refusal that says so")
    if server.process.poll() is not None:
        raise AssertionError("mailscope ended: " + server.log()[-3000:])
    set_rule(control, "-")
    kept = len(clients.acknowledged)
    mailscope.wait_for(more_than(clients, kept + 50),
                       "service after the cause is gone")


def with_shim(shim, octet, durability):
    folder = tempfile.mkdtemp(prefix="mailscope-soak-")
    control = os.path.join(folder, "control")
    store = os.path.join(folder, "store")
    os.mkdir(store)
    with open(control, "wb") as out:
        out.write(b"-")
    clients = senders.Senders(count=4, seed=ord(octet))
    server = mailscope.Server(
        "--log", "warn", "--data", store, "--durability", durability,
        env={"LD_PRELOAD": shim, "SOAK_FOLDER": os.path.realpath(store),
             "SOAK_CONTROL": control})
    try:
        server.start()
        under_rule(octet, clients, server, control)
        server.stop(check=False, how=signal.SIGKILL)
        clients.stop()
        with mailscope.Server("--log", "warn", "--data", store) as again:
            senders.compare(again, clients)
    finally:
        clients.stopping.set()
        server.stop(check=False, how=signal.SIGKILL)
        shutil.rmtree(server.folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    return "%d acknowledged, %d refused" % (len(clients.acknowledged),
                                            clients.refused)


def on_small_disk(folder):
    """Fills a disk of 24 MB, starts anew on it as it is, then makes room
    through the API, message by message."""
    clients = senders.Senders(count=4, seed=28)
    with mailscope.Server("--log", "warn", "--data", folder) as server:
        clients.start(server.smtp)
        mailscope.wait_for(lambda: clients.refused > 20, "a full disk")
        mailscope.wait_for(
            lambda: "No space" in (failure(server) or ""), "the word for it")
        clients.stop()
        senders.compare(server, clients)
        server.stop(check=False, how=signal.SIGKILL)
        os.unlink(server.ready_path)
        server.start()
        senders.compare(server, clients)
        status, _, body = server.ask("/api/messages?q=size:%3E0", "DELETE")
        if status != 200:
            raise AssertionError("DELETE on a full disk: %d %s" % (status,
                                                                  body))
        kept = len(clients.acknowledged)
        clients.start(server.smtp)
        mailscope.wait_for(more_than(clients, kept + 20),
                           "service after the space is given back")
        mailscope.wait_for(lambda: failure(server) is None, "no failure")
        clients.stop()
    return "%d acknowledged, %d refused" % (len(clients.acknowledged),
                                            clients.refused)


def full_disk():
    folder = tempfile.mkdtemp(prefix="mailscope-soak-")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "mailscope",
         folder], capture_output=True, check=False)
    try:
        if mounted.returncode != 0:
            raise Skipped("no small file system can be mounted here")
        return on_small_disk(folder)
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def run(_scale, say):
    try:
        say("full disk: " + full_disk())
    except Skipped as reason:
        say("full disk: skipped, %s" % reason)
    shim = build_shim()
    for octet, durability, name in RULES:
        say("%s: %s" % (name, with_shim(shim, octet, durability)))
    return "%d kinds of broken disk, nothing acknowledged was lost" % (
        len(RULES) + 1)
