/** The stores beside each other. */

import { i18n } from "@lingui/core";
import { useEffect } from "react";

import { serverNow } from "../../api/clock";
import { useAnswer } from "../../api/client";
import { StoresDocument, type StoresQuery } from "../../generated/graphql";
import { linkTo } from "../../address";
import { isPartial } from "../../shared/figure";
import { State, Waiting } from "../../shared/state";
import { clock, count, day, share } from "../../text/format";
import type { Page, PageProps } from "../page";

function Stores({ onLoggedOut }: PageProps) {
  const answer = useAnswer(StoresDocument, {});
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);
  if (answer.data === undefined) return <Waiting answer={answer} />;
  const stores = answer.data.stores?.nodes ?? [];
  return (
    <>
      <State answer={answer} freshness={latest(stores)} zone={Intl.DateTimeFormat().resolvedOptions().timeZone} />
      <section className="panel" aria-labelledby="stores">
        <h2 id="stores">{i18n._("Stores")}</h2>
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="stores">
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Store")}</th>
                <th scope="col">{i18n._("Organisation")}</th>
                <th scope="col" className="quantity">{i18n._("Inside now")}</th>
                <th scope="col" className="quantity">{i18n._("Entered today")}</th>
                <th scope="col" className="quantity">{i18n._("Left today")}</th>
                <th scope="col" className="quantity">{i18n._("Open alerts")}</th>
                <th scope="col" className="quantity">{i18n._("To fill")}</th>
                <th scope="col" className="quantity">{i18n._("Cameras that work")}</th>
                <th scope="col" className="quantity">{i18n._("Watched")}</th>
                <th scope="col">{i18n._("Its time")}</th>
              </tr>
            </thead>
            <tbody>
              {stores.map((each) => {
                const traffic = each.figures?.traffic;
                const working = each.cameras?.filter((camera) => camera.status === "ONLINE").length;
                return (
                  <tr key={each.id}>
                    <th scope="row">
                      <a href={linkTo({ page: "now", store: each.id })}>{each.name}</a>
                    </th>
                    <td>{each.organisation.key}</td>
                    <td className="quantity">{count(each.inside)}</td>
                    <td className="quantity">{count(traffic?.entered)}</td>
                    <td className="quantity">{count(traffic?.left)}</td>
                    <td className="quantity">{count(each.alerts?.totalCount)}</td>
                    <td className="quantity">{count(each.restocks?.totalCount)}</td>
                    <td className="quantity">
                      {i18n._("{working} of {all}", { working: count(working), all: count(each.cameras?.length) })}
                    </td>
                    <td className={isPartial(traffic?.quality.coverage) ? "quantity partial" : "quantity"}>
                      {share(traffic?.quality.coverage)}
                    </td>
                    <td className="moment">{`${day(serverNow(), each.timeZone)}, ${clock(serverNow(), each.timeZone)}`}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

type Store = NonNullable<StoresQuery["stores"]>["nodes"][number];

/** Return how late the store is that is the latest; one that no longer moves comes before all. */
function latest(stores: Store[]) {
  const told = stores.flatMap((each) => (each.freshness ? [{ ...each.freshness, position: null }] : []));
  return told.find((each) => each.stopped !== null) ?? told.sort((one, other) => other.lagMs - one.lagMs)[0];
}

export const stores: Page = { name: "stores", title: () => i18n._("Stores"), View: Stores, ofMany: true };
