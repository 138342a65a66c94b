/* SPDX-License-Identifier: MIT */
// How sessions end, as sentences.

const closings: Record<string, string> = {
    quit: 'closed after QUIT', client_closed: 'the client closed without QUIT (FIN)', client_reset: 'the client reset the connection (RST)',
    idle: 'closed: the client was silent too long', total: 'closed: the session lasted too long', too_many_errors: 'closed: too many errors',
    limit: 'closed: over a limit', not_smtp: 'closed: that was no SMTP',
    shutdown: 'closed: the server stopped', fault: 'closed by a fault rule', api: 'closed through the API', crash: 'the server went away',
};

/** Why a session ended, as a reader wants it: "idle" is "closed: the client was silent too long". */
export function closingOf(reason: string): string
{
    return closings[reason] ?? (reason ? `closed: ${reason.replaceAll('_', ' ')}` : 'closed');
}
