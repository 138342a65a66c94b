#!/bin/sh
# SPDX-License-Identifier: MIT
# Run by: mailscope serve -- ./welcome.sh
set -eu

# What the app under test does: SMTP_HOST and SMTP_PORT say where.
printf 'From: app@example.test\nTo: ada@example.test\nSubject: Welcome aboard\n
Confirm here: https://app.test/confirm/1\n' >"${TMPDIR:-/tmp}/welcome.$$"
curl --silent --show-error "smtp://$SMTP_HOST:$SMTP_PORT" --crlf \
    --mail-from app@example.test --mail-rcpt ada@example.test \
    --upload-file "${TMPDIR:-/tmp}/welcome.$$"
rm "${TMPDIR:-/tmp}/welcome.$$"

# MAILSCOPE_URL says where to ask.
mailscope expect --to ada@example.test --subject-contains Welcome \
    --text-contains https://app.test/confirm/ --within 30s >/dev/null
echo ok
