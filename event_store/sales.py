"""Sales on their way into the record: whatever brings one, the same sale becomes the same fact."""

from urllib.parse import quote
from uuid import UUID, uuid5

from event_store.envelope import Envelope
from event_store.events.sales import SaleRecorded

IDS = UUID("5d3b7c0e-2f4a-5b8e-9c61-7a1de2b94f30")


def sale_envelope(organisation: str, store: str, sale: SaleRecorded, actor: str) -> Envelope:
    """Return a sale's fact; its id is made of store, till and the till's own number, so that it counts once."""
    till, number = quote(sale.till_id, safe=""), quote(sale.sale_id, safe="")
    source = f"/{organisation}/{store}/till/{till}/{number}"
    return Envelope(
        id=str(uuid5(IDS, source)),
        source=source,
        sequence=1,
        organisation=organisation,
        store=store,
        actor=actor,
        event=sale,
    )
