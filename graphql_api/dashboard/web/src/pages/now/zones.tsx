/** Zones with how many are in them and how long people stay. */

import { i18n } from "@lingui/core";

import { isPartial } from "../../shared/figure";
import { count, duration, share } from "../../text/format";
import type { Store } from "./now";

export function Zones({ store }: { store: Store }) {
  const zones = store.figures?.zones ?? [];
  return (
    <section className="panel zones" aria-labelledby="zones">
      <h2 id="zones">{i18n._("Zones")}</h2>
      {zones.length === 0 ? (
        <p className="empty">{i18n._("This store's layout has no zones. Draw them in the layout file and publish it.")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="zones">
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Zone")}</th>
                <th scope="col" className="quantity">{i18n._("In it now")}</th>
                <th scope="col" className="quantity">{i18n._("Visitors today")}</th>
                <th scope="col" className="quantity">{i18n._("Stay, half are shorter")}</th>
                <th scope="col" className="quantity">{i18n._("Stay, 9 in 10 are shorter")}</th>
                <th scope="col" className="quantity">{i18n._("Watched")}</th>
              </tr>
            </thead>
            <tbody>
              {zones.map((each) => (
                <tr key={each.zone.id}>
                  <th scope="row">{each.zone.name}</th>
                  <td className="quantity">
                    {count(each.openStays)}
                    {!!each.unconfirmedStays && (
                      <em> {i18n._("{count} not confirmed", { count: count(each.unconfirmedStays) })}</em>
                    )}
                  </td>
                  <td className="quantity">{count(each.visitors)}</td>
                  <td className="quantity">{duration(each.dwell?.medianMs)}</td>
                  <td className="quantity">{duration(each.dwell?.p90Ms)}</td>
                  <td className={isPartial(each.quality.coverage) ? "quantity partial" : "quantity"}>
                    {share(each.quality.coverage)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
