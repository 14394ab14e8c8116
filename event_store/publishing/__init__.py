"""Checkpoints given away, to where we cannot take them back: what only we hold proves nothing against us."""

from event_store.publishing.channels import Channel, Folder
from event_store.publishing.publisher import Delivery, Publisher
from event_store.publishing.webhook import Webhook
from event_store.publishing.witness import Witness, read_witnesses

__all__ = ["Channel", "Delivery", "Folder", "Publisher", "Webhook", "Witness", "read_witnesses"]
