/** Numbers, moments and lengths of time as the reader's language writes them. */

import { i18n } from "@lingui/core";

/** What stands where nobody knows: never a zero. */
export const UNKNOWN = "–";

export const count = (value: number | null | undefined): string =>
  value == null ? UNKNOWN : new Intl.NumberFormat(i18n.locale).format(value);

const percent = (value: number): string => new Intl.NumberFormat(i18n.locale, { style: "percent" }).format(value);

/** A share, cut and not rounded up: 99.9 % is not all. */
export const share = (value: number | null | undefined): string =>
  value == null
    ? UNKNOWN
    : `${value > 0 && value < 0.01 ? "< " : ""}${percent(value > 0 ? Math.max(0.01, Math.floor(value * 100 + 1e-9) / 100) : 0)}`;

/** A ratio, to the nearest hundredth: it may be more than one. */
export const ratio = (value: number | null | undefined): string => (value == null ? UNKNOWN : percent(value));

export const change = (now: number | null | undefined, before: number | null | undefined): string =>
  now == null || before == null
    ? UNKNOWN
    : new Intl.NumberFormat(i18n.locale, { signDisplay: "exceptZero" }).format(now - before);

export function duration(ms: number | null | undefined): string {
  if (ms == null) return UNKNOWN;
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor((seconds % 3600) / 60), "minute"],
    [seconds % 60, "second"],
  ];
  const told = parts.filter(([value]) => value > 0).slice(0, 2);
  return (told.length ? told : parts.slice(2))
    .map(([value, unit]) =>
      new Intl.NumberFormat(i18n.locale, { style: "unit", unit, unitDisplay: "short" }).format(value),
    )
    .join(" ");
}

type Moment = string | number;
const told = (moment: Moment, zone: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(i18n.locale, { timeZone: zone, ...options }).format(new Date(moment));

export const clock = (moment: Moment, zone: string): string =>
  told(moment, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const clockToTheSecond = (moment: Moment, zone: string): string =>
  told(moment, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const day = (moment: Moment, zone: string): string =>
  told(moment, zone, { weekday: "short", day: "numeric", month: "short" });
export const shortDay = (moment: Moment, zone: string): string =>
  told(moment, zone, { day: "numeric", month: "numeric" });

const DAY_MS = 86_400_000;

/** A stretch in words: a day by its name, more of them from the first to the last. */
export function stretch(start: string, end: string, zone: string): string {
  const first = day(start, zone);
  const last = day(Date.parse(end) - 1, zone);
  if (first !== last) return `${first} – ${last}`;
  return Date.parse(end) - Date.parse(start) < 0.9 * DAY_MS
    ? `${first}, ${clock(start, zone)} – ${clock(end, zone)}`
    : first;
}

/** A moment of today by its time, an earlier one with its day. */
export const momentOf = (at: string, zone: string, today: string | null | undefined): string =>
  today != null && Date.parse(at) >= Date.parse(today) ? clock(at, zone) : `${day(at, zone)}, ${clock(at, zone)}`;

/** An amount as exact as it was told; without a currency where the store names none. */
export function money(amount: string | null | undefined, currency: string | null | undefined): string {
  if (amount == null) return UNKNOWN;
  const style = currency ? { style: "currency" as const, currency } : {};
  return new Intl.NumberFormat(i18n.locale, style).format(amount as Intl.StringNumericLiteral);
}

export const decimal = (value: number | null | undefined): string =>
  value == null ? UNKNOWN : new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 2 }).format(value);
