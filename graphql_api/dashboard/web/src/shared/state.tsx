/** Which position the page reflects, whether that is late, and why there is nothing newer. */

import { i18n } from "@lingui/core";
import { useEffect, useState } from "react";

import { serverNow } from "../api/clock";
import type { Answer } from "../api/client";
import { clockToTheSecond, duration } from "../text/format";

interface Props {
  answer: Answer<unknown>;
  freshness: { position: string | null; lagMs: number; stopped: string | null } | null | undefined;
  zone: string;
  /** Whether facts come as they happen; left out by pages that do not follow them. */
  live?: boolean | undefined;
}

const LATE_MS = 15_000;
const OVERDUE_MS = 40_000;

export function State({ answer, freshness, zone, live }: Props) {
  const [answeredAt, setAnsweredAt] = useState(0);
  const [now, setNow] = useState(serverNow());
  useEffect(() => setAnsweredAt(serverNow()), [answer.data]);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 5_000);
    return () => clearInterval(timer);
  }, []);
  const problem = problemOf(answer, freshness, now - answeredAt);
  const isLate = problem !== undefined;

  return (
    <div className="state">
      <p className={isLate ? "late" : live === false ? "waiting" : "fresh"} role="status">
        <span className="dot" aria-hidden="true" />
        {isLate ? i18n._("Late") : live === undefined ? i18n._("Up to date") : live ? i18n._("Live") : i18n._("Connecting…")}
        {problem && `: ${problem}`}
      </p>
      {answeredAt > 0 && (
        <p>
          {i18n._("As of {time}", { time: clockToTheSecond(answeredAt, zone) })}
          {freshness?.position && <> · {i18n._("position {position}", { position: freshness.position })}</>}
        </p>
      )}
    </div>
  );
}

function problemOf(answer: Answer<unknown>, freshness: Props["freshness"], age: number): string | undefined {
  if (answer.trouble === "unreachable") return i18n._("the server does not answer. Trying again.");
  if (answer.trouble === "refused") return answer.reason || i18n._("the server could not answer. Trying again.");
  if (freshness?.stopped) return i18n._("facts are no longer applied. Look at `shopfloor doctor`.");
  if (freshness && freshness.lagMs > LATE_MS)
    return i18n._("facts of the last {length} are not in these figures yet.", { length: duration(freshness.lagMs) });
  if (answer.data && age > OVERDUE_MS) return i18n._("the last answer is {length} old.", { length: duration(age) });
  return undefined;
}

/** What stands in a page's place until its first answer, or for ever where there is none. */
export function Waiting({ answer }: { answer: Answer<unknown> }) {
  return (
    <p className="empty waiting-page" role="status">
      {answer.trouble === undefined && i18n._("Loading…")}
      {answer.trouble === "unreachable" && i18n._("The server does not answer. This page tries again by itself.")}
      {answer.trouble === "refused" && `${i18n._("The server refused the question.")} ${answer.reason}`}
    </p>
  );
}

export const people = (value: number | null | undefined): string =>
  i18n._("{value, plural, one {person} other {people}}", { value: value ?? 2 });

