/** Lines at the tills: how long each is, and how long people waited today. */

import { i18n } from "@lingui/core";

import { isPartial } from "../../shared/figure";
import { count, duration, share } from "../../text/format";
import type { Store } from "./now";

export function Queues({ store }: { store: Store }) {
  const queues = store.queues ?? [];
  const figures = new Map(store.figures?.queues?.map((each) => [each.zone.id, each]));
  if (queues.length === 0) return null;
  return (
    <section className="panel queues" aria-labelledby="queues">
      <h2 id="queues">{i18n._("Lines")}</h2>
      <div className="scroll" tabIndex={0} role="group" aria-labelledby="queues">
        <table>
          <thead>
            <tr>
              <th scope="col">{i18n._("Zone")}</th>
              <th scope="col" className="quantity">{i18n._("In line now")}</th>
              <th scope="col" className="quantity">{i18n._("Longest today")}</th>
              <th scope="col" className="quantity">{i18n._("Served today")}</th>
              <th scope="col" className="quantity">{i18n._("Gave up today")}</th>
              <th scope="col" className="quantity">{i18n._("Wait, half are shorter")}</th>
              <th scope="col" className="quantity">{i18n._("Wait, 9 in 10 are shorter")}</th>
              <th scope="col" className="quantity">{i18n._("Watched")}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((each) => {
              const today = figures.get(each.zone.id);
              return (
                <tr key={each.zone.id}>
                  <th scope="row">{each.zone.name}</th>
                  <td className="quantity">{count(each.length)}</td>
                  <td className="quantity">{count(today?.longest)}</td>
                  <td className="quantity">{count(today?.total.served)}</td>
                  <td className="quantity">{count(today?.total.givenUp)}</td>
                  <td className="quantity">{duration(today?.total.waitMedianMs)}</td>
                  <td className="quantity">{duration(today?.total.waitP90Ms)}</td>
                  <td className={isPartial(today?.total.coverage) ? "quantity partial" : "quantity"}>
                    {share(today?.total.coverage)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
