/** How many came and went: by hours, days or weeks. */

import { i18n } from "@lingui/core";
import { useEffect, useState } from "react";

import { useAnswer } from "../../api/client";
import { type Period, type Preset, TrafficDocument, type TrafficQuery } from "../../generated/graphql";
import { type Bar, Chart } from "../../shared/chart";
import { Choice } from "../../shared/choice";
import { Figure } from "../../shared/figure";
import { State, Waiting, people } from "../../shared/state";
import { UNKNOWN, change, clock, count, day, ratio, shortDay, stretch } from "../../text/format";
import type { Page, PageProps } from "../page";

const RANGES: { preset: Preset; title: () => string; cuts: Period[] }[] = [
  { preset: "TODAY", title: () => i18n._("Today"), cuts: ["HOUR", "QUARTER_HOUR"] },
  { preset: "YESTERDAY", title: () => i18n._("Yesterday"), cuts: ["HOUR", "QUARTER_HOUR"] },
  { preset: "THIS_WEEK", title: () => i18n._("This week"), cuts: ["DAY", "HOUR"] },
  { preset: "LAST_WEEK", title: () => i18n._("Last week"), cuts: ["DAY", "HOUR"] },
  { preset: "LAST_28_DAYS", title: () => i18n._("Last 28 days"), cuts: ["DAY", "WEEK"] },
  { preset: "THIS_MONTH", title: () => i18n._("This month"), cuts: ["DAY", "WEEK"] },
  { preset: "LAST_MONTH", title: () => i18n._("Last month"), cuts: ["DAY", "WEEK"] },
];
const PERIODS: Partial<Record<Period, () => string>> = {
  QUARTER_HOUR: () => i18n._("Quarters of an hour"),
  HOUR: () => i18n._("Hours"),
  DAY: () => i18n._("Days"),
  WEEK: () => i18n._("Weeks"),
};

function Traffic({ store: id, onLoggedOut }: PageProps) {
  const [preset, setPreset] = useState<Preset>("TODAY");
  const range = RANGES.find((each) => each.preset === preset);
  const [wanted, setWanted] = useState<Period>("HOUR");
  const every = range?.cuts.includes(wanted) ? wanted : (range?.cuts[0] ?? "DAY");
  const answer = useAnswer(TrafficDocument, { store: id, range: { preset }, every });
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);
  return (
    <>
      <form className="choices" onSubmit={(event) => event.preventDefault()}>
        <Choice
          name="range"
          legend={i18n._("Period")}
          options={RANGES.map((each) => [each.preset, each.title()])}
          value={preset}
          choose={setPreset}
        />
        <Choice
          name="every"
          legend={i18n._("By")}
          options={(range?.cuts ?? []).map((each) => [each, PERIODS[each]?.() ?? each])}
          value={every}
          choose={setWanted}
        />
      </form>
      {answer.data === undefined ? (
        <Waiting answer={answer} />
      ) : answer.data.store ? (
        <>
          <State answer={answer} freshness={answer.data.store.freshness} zone={answer.data.store.timeZone} />
          <Told store={answer.data.store} every={every} />
        </>
      ) : (
        <p className="empty">{i18n._("This store is not known, or your token may not see it.")}</p>
      )}
    </>
  );
}

function Told({ store, every }: { store: NonNullable<TrafficQuery["store"]>; every: Period }) {
  const zone = store.timeZone;
  const { figures } = store;
  if (!figures) return <p className="empty">{i18n._("These figures are not known at the moment.")}</p>;
  const { traffic, before } = figures;
  const period = stretch(figures.start, figures.end, zone);
  const compared = (now: number | null | undefined, then: number | null | undefined) => (
    <p className="compared">
      {then == null
        ? i18n._("The period before is not known.")
        : i18n._("{difference} against {period} ({count})", {
            difference: change(now, then),
            period: stretch(before.start, before.end, zone),
            count: count(then),
          })}
    </p>
  );
  const busiest = traffic?.busiestMinute;
  const named = namesOf(every, zone);
  return (
    <div className="traffic">
      <div className="figures">
        <Figure
          label={i18n._("Entered")}
          value={count(traffic?.entered)}
          unit={people(traffic?.entered)}
          period={period}
          quality={traffic?.quality}
          zone={zone}
        >
          {compared(traffic?.entered, before.traffic?.entered)}
        </Figure>
        <Figure
          label={i18n._("Left")}
          value={count(traffic?.left)}
          unit={people(traffic?.left)}
          period={period}
          quality={traffic?.quality}
          zone={zone}
        >
          {compared(traffic?.left, before.traffic?.left)}
        </Figure>
        <Bought conversion={figures.conversion} period={period} />
        <section className="figure" aria-label={i18n._("Busiest minute")}>
          <h2>{i18n._("Busiest minute")}</h2>
          <p className="number">
            <strong>{busiest ? clock(busiest.start, zone) : UNKNOWN}</strong>
          </p>
          <p className="period">{busiest ? day(busiest.start, zone) : period}</p>
          <p className="compared">
            {busiest
              ? i18n._("{count, plural, one {# person came in} other {# people came in}}", { count: busiest.entered })
              : i18n._("Nobody came in.")}
          </p>
        </section>
      </div>
      <Chart
        title={i18n._("Coming and going")}
        unit={i18n._("people")}
        series={[
          { name: i18n._("Entered"), tone: "one" },
          { name: i18n._("Left"), tone: "two" },
        ]}
        bars={(traffic?.series ?? []).map((each) => ({ ...each, values: [each.entered, each.left] }))}
        name={named.long}
        short={named.short}
        empty={i18n._("Nothing is known of this period: no camera that sees a door delivered a picture.")}
      />
    </div>
  );
}

type Conversion = NonNullable<NonNullable<TrafficQuery["store"]>["figures"]>["conversion"];

/** How many of those who came in bought; not known is no zero. */
function Bought({ conversion, period }: { conversion: Conversion; period: string }) {
  const purchases = conversion?.purchases ?? null;
  return (
    <section className="figure" aria-label={i18n._("Conversion")}>
      <h2>{i18n._("Conversion")}</h2>
      <p className="number">
        <strong>{ratio(conversion?.rate)}</strong> <span>{i18n._("purchases for each visitor")}</span>
      </p>
      <p className="period">{period}</p>
      <p className="compared">
        {purchases === null
          ? i18n._("Not known: no till has told a sale. Let tills send sales, or import them.")
          : i18n._("{count, plural, one {# purchase} other {# purchases}}", { count: purchases })}
      </p>
    </section>
  );
}

function namesOf(every: Period, zone: string): Record<"long" | "short", (bar: Bar) => string> {
  if (every === "DAY") return { long: (bar) => day(bar.start, zone), short: (bar) => shortDay(bar.start, zone) };
  if (every === "WEEK")
    return { long: (bar) => stretch(bar.start, bar.end, zone), short: (bar) => shortDay(bar.start, zone) };
  return {
    long: (bar) => `${day(bar.start, zone)}, ${clock(bar.start, zone)} – ${clock(bar.end, zone)}`,
    short: (bar) => clock(bar.start, zone),
  };
}

export const traffic: Page = { name: "traffic", title: () => i18n._("Traffic"), View: Traffic };
