/* SPDX-License-Identifier: MIT */
// What reply codes (RFC 5321 section 4.2.3) and enhanced codes (RFC 3463) mean, in a few words.

const replies: Record<number, string> = {
    211: 'system status', 214: 'help', 220: 'ready', 221: 'closing the connection', 235: 'login accepted', 250: 'done', 251: 'will forward',
    252: 'cannot verify, will try', 334: 'go on with the login', 354: 'send the message', 421: 'service not available, closing',
    432: 'a password change is needed', 450: 'mailbox busy', 451: 'local error', 452: 'out of storage', 454: 'temporary login or TLS failure',
    455: 'cannot take these parameters now', 500: 'command not understood', 501: 'wrong parameters', 502: 'command not implemented',
    503: 'wrong order of commands', 504: 'parameter not implemented', 521: 'accepts no mail', 530: 'login or TLS needed first',
    534: 'login mechanism too weak', 535: 'login refused', 538: 'encryption needed for this login', 550: 'mailbox unavailable',
    551: 'not a local user', 552: 'too big', 553: 'mailbox name not allowed', 554: 'transaction failed', 555: 'parameters not recognised',
};

const classes: Record<string, string> = { 2: 'success', 3: 'go on', 4: 'try again later', 5: 'permanent failure' };

const subjects: Record<string, string> = {
    '1': 'addressing', '2': 'mailbox', '3': 'mail system', '4': 'network and routing', '5': 'protocol', '6': 'content', '7': 'security or policy',
};

const details: Record<string, string> = {
    '1.1': 'no such mailbox', '1.3': 'bad syntax of the mailbox', '1.5': 'valid recipient', '1.7': 'bad syntax of the sender', '1.8': 'bad sender system',
    '2.1': 'mailbox disabled', '2.2': 'mailbox full', '2.3': 'message too long for this mailbox', '3.4': 'message too big for the system',
    '4.2': 'bad connection', '5.1': 'command not valid now', '5.2': 'syntax error', '5.3': 'too many recipients', '5.4': 'bad arguments',
    '6.0': 'problem with the content', '7.0': 'security or policy', '7.1': 'delivery not authorised', '7.8': 'bad credentials',
    '7.9': 'mechanism too weak', '7.11': 'encryption needed',
};

/** "550: mailbox unavailable; 5.1.1: no such mailbox". */
export function meaning(code: number | null, enhanced: string | null): string
{
    if (code === null) {
        return '';
    }
    const plain = replies[code] ?? classes[String(code)[0] ?? ''] ?? '';
    const [, subject, detail] = (enhanced ?? '').split('.');
    const more = subject === undefined ? '' : details[`${subject}.${detail}`] ?? (subject === '0' ? '' : subjects[subject] ?? '');
    return `${code}: ${plain}${more ? `; ${enhanced}: ${more}` : ''}`;
}
