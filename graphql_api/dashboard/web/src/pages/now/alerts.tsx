/** Alerts that have not ended, the newest first. */

import { i18n } from "@lingui/core";

import type { Severity } from "../../generated/graphql";
import { UNKNOWN, count, momentOf } from "../../text/format";
import type { Store } from "./now";

const words: Record<Severity, () => string> = {
  NOTICE: () => i18n._("Notice"),
  WARNING: () => i18n._("Warning"),
  CRITICAL: () => i18n._("Critical"),
};

export function Alerts({ store }: { store: Store }) {
  const { alerts } = store;
  return (
    <section className="panel alerts" aria-labelledby="alerts">
      <h2 id="alerts">{i18n._("Open alerts")}</h2>
      {!alerts ? (
        <p className="empty">{i18n._("Alerts are not known at the moment.")}</p>
      ) : alerts.nodes.length === 0 ? (
        <p className="empty">{i18n._("None. What the rules of the layout file find appears here by itself.")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="alerts">
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Alert")}</th>
                <th scope="col">{i18n._("Severity")}</th>
                <th scope="col">{i18n._("Where")}</th>
                <th scope="col" className="quantity">{i18n._("People")}</th>
                <th scope="col">{i18n._("Since")}</th>
                <th scope="col">{i18n._("Somebody took notice")}</th>
              </tr>
            </thead>
            <tbody>
              {alerts.nodes.map((each) => (
                <tr key={each.id}>
                  <th scope="row">{each.name}</th>
                  <td className={each.severity === "CRITICAL" ? "partial" : undefined}>{words[each.severity]()}</td>
                  <td>{each.zone?.name ?? each.camera?.name ?? UNKNOWN}</td>
                  <td className="quantity">{count(each.people)}</td>
                  <td>{momentOf(each.since, store.timeZone, store.figures?.start)}</td>
                  <td>
                    {each.acknowledgedAt
                      ? momentOf(each.acknowledgedAt, store.timeZone, store.figures?.start)
                      : i18n._("not yet")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {alerts.pageInfo.hasNextPage && <p className="note">{i18n._("There are more. These are the newest.")}</p>}
        </div>
      )}
    </section>
  );
}
