/* SPDX-License-Identifier: MIT */
// Numbers and times as a reader wants them. Pure: the clock and the zone come in as arguments or from Date.

const two = (n: number): string => String(n).padStart(2, '0');
const three = (n: number): string => String(n).padStart(3, '0');

/** 18207 -> "18,207", without asking the browser's locale: a size in a bug report reads the same everywhere. */
export function thousands(n: number): string
{
    return String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A size in two or three digits: 412 B, 18 KB, 1.4 MB (1 KB = 1,000 B). */
export function size(bytes: number): string
{
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let value = bytes;
    let unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    const digits = unit > 0 && value < 9.95 ? 1 : 0;
    return `${value.toFixed(digits)} ${units[unit]}`;
}

/** HH:MM:SS.mmm in the browser's zone. */
export function clock(iso: string): string
{
    const when = new Date(iso);
    return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}.${three(when.getMilliseconds())}`;
}

/** The time of day `us` microseconds after `iso`, to a tenth of a millisecond. */
export function clockAt(iso: string, us: number): string
{
    const at = micros(iso) + us;
    return clock(new Date(at / 1000).toISOString()) + Math.floor((at % 1000) / 100);
}

/** YYYY-MM-DD in the browser's zone. */
export function day(iso: string): string
{
    const when = new Date(iso);
    return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
}

/** The time, and the day in front of it when that is not today. */
export function moment(iso: string, now: Date): string
{
    const today = day(now.toISOString());
    return day(iso) === today ? clock(iso) : `${day(iso)} ${clock(iso).slice(0, 8)}`;
}

/** "3 min ago": coarse on purpose, the exact time is one hover away. */
export function ago(iso: string, now: Date): string
{
    const seconds = Math.max(0, (now.getTime() - new Date(iso).getTime()) / 1000);
    const steps: [number, string][] = [[60, 's'], [60, 'min'], [24, 'h'], [Infinity, 'd']];
    let value = seconds;
    for (const [limit, unit] of steps) {
        if (value < limit) {
            return `${Math.floor(value)} ${unit} ago`;
        }
        value /= limit;
    }
    return iso;
}

/** Microseconds as milliseconds: 0.1 ms under ten seconds, whole ones above. */
export function ms(us: number): string
{
    const value = us / 1000;
    return value < 10_000 ? value.toFixed(1) : thousands(value);
}

/** A duration with its unit: 412 us is "0.4 ms", 2100000 us "2.1 s". */
export function duration(us: number): string
{
    if (us < 1_000_000) {
        return `${ms(us)} ms`;
    }
    const seconds = us / 1_000_000;
    return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** "1 message", "2 messages". */
export function count(n: number, one: string, many = `${one}s`): string
{
    return `${thousands(n)} ${n === 1 ? one : many}`;
}

/** "TLSv1.3", as the library calls it, is "TLS 1.3". */
export function tlsName(tls: { version?: string | null } | null): string
{
    return tls ? (tls.version ?? 'TLS').replace(/^TLSv/, 'TLS ') : 'no TLS';
}

/** The last millisecond-exact difference of two RFC 3339 times, in microseconds. */
export function between(from: string, to: string): number
{
    return micros(to) - micros(from);
}

/** RFC 3339 with up to six decimals as microseconds since 1970. */
export function micros(iso: string): number
{
    const fraction = /\.(\d{1,6})/.exec(iso);
    const whole = Date.parse(iso.replace(/\.\d+/, ''));
    return whole * 1000 + (fraction ? Number((fraction[1] ?? '').padEnd(6, '0')) : 0);
}
