/** The store as it is at this moment. */

import { i18n } from "@lingui/core";
import { useCallback, useEffect, useState } from "react";

import { useAnswer } from "../../api/client";
import { type Fact, useFacts } from "../../api/live";
import { NowDocument, type NowQuery } from "../../generated/graphql";
import { Chart } from "../../shared/chart";
import { Figure } from "../../shared/figure";
import { State, Waiting, people } from "../../shared/state";
import { change, clock, count, day } from "../../text/format";
import type { Page, PageProps } from "../page";
import { Alerts } from "./alerts";
import { Cameras } from "./cameras";
import { Happened } from "./happened";
import { Queues } from "./queues";
import { Zones } from "./zones";

export type Store = NonNullable<NowQuery["store"]>;

function Now({ store: id, onLoggedOut }: PageProps) {
  const answer = useAnswer(NowDocument, { store: id });
  const [facts, setFacts] = useState<Fact[]>([]);
  const { ask } = answer;
  const hear = useCallback(
    (fact: Fact) => {
      setFacts((before) => [fact, ...before].slice(0, MOST_FACTS));
      ask();
    },
    [ask],
  );
  const [first, setFirst] = useState<Store>();
  const store = answer.data?.store;
  useEffect(() => {
    if (store && first?.id !== store.id) {
      setFacts([]);
      setFirst(store);
    }
  }, [store, first]);
  const live = useFacts(id, first && first.id === id ? (first.freshness?.position ?? "") : undefined, hear, ask);
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);

  if (answer.data === undefined) return <Waiting answer={answer} />;
  if (!store) return <p className="empty">{i18n._("This store is not known, or your token may not see it.")}</p>;
  const zone = store.timeZone;
  return (
    <>
      <State answer={answer} freshness={store.freshness} zone={zone} live={live} />
      <div className="now">
        <Figures store={store} />
        <Inside store={store} />
        <Happened facts={facts} first={first ?? store} store={store} />
        <Alerts store={store} />
        <Queues store={store} />
        <Zones store={store} />
        <Cameras store={store} />
      </div>
    </>
  );
}

const MOST_FACTS = 60;

function Figures({ store }: { store: Store }) {
  const zone = store.timeZone;
  const { figures } = store;
  const traffic = figures?.traffic;
  const before = figures?.before;
  const today = figures ? i18n._("Today, {day}", { day: day(figures.start, zone) }) : "";
  const compared = (now: number | null | undefined, then: number | null | undefined) =>
    before && then != null ? (
      <p className="compared">
        {i18n._("{difference} against yesterday until {time} ({count})", {
          difference: change(now, then),
          time: clock(before.end, zone),
          count: count(then),
        })}
      </p>
    ) : null;
  return (
    <div className="figures">
      <Figure
        label={i18n._("Inside")}
        value={count(store.inside)}
        unit={people(store.inside)}
        period={i18n._("Now")}
        quality={figures?.occupancy?.quality}
        zone={zone}
      >
        <p className="compared">{i18n._("Most at one moment today: {count}", { count: count(figures?.occupancy?.peak) })}</p>
      </Figure>
      <Figure
        label={i18n._("Entered")}
        value={count(traffic?.entered)}
        unit={people(traffic?.entered)}
        period={today}
        quality={traffic?.quality}
        zone={zone}
      >
        {compared(traffic?.entered, before?.traffic?.entered)}
      </Figure>
      <Figure
        label={i18n._("Left")}
        value={count(traffic?.left)}
        unit={people(traffic?.left)}
        period={today}
        quality={traffic?.quality}
        zone={zone}
      >
        {compared(traffic?.left, before?.traffic?.left)}
      </Figure>
    </div>
  );
}

function Inside({ store }: { store: Store }) {
  const zone = store.timeZone;
  const { figures } = store;
  const empty = i18n._("Nothing is known of today yet. Start a worker for this store's cameras.");
  return (
    <div className="charts">
      <Chart
        title={i18n._("People inside today")}
        unit={i18n._("people, most in each quarter of an hour")}
        shape="steps"
        series={[{ name: i18n._("Inside"), tone: "one" }]}
        bars={(figures?.occupancy?.series ?? []).map((each) => ({ ...each, values: [each.peak] }))}
        name={(bar) => `${clock(bar.start, zone)} – ${clock(bar.end, zone)}`}
        short={(bar) => clock(bar.start, zone)}
        empty={empty}
      />
      <Chart
        title={i18n._("Coming and going today")}
        unit={i18n._("people by the hour")}
        series={[
          { name: i18n._("Entered"), tone: "one" },
          { name: i18n._("Left"), tone: "two" },
        ]}
        bars={(figures?.traffic?.series ?? []).map((each) => ({ ...each, values: [each.entered, each.left] }))}
        name={(bar) => `${clock(bar.start, zone)} – ${clock(bar.end, zone)}`}
        short={(bar) => clock(bar.start, zone)}
        empty={empty}
      />
    </div>
  );
}

export const now: Page = { name: "now", title: () => i18n._("Now"), View: Now };
