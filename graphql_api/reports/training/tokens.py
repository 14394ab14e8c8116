"""The writer's tokens: pieces of words, learned from the corpus, and one for each slot."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from graphql_api.reports.claims import every_slot
from graphql_api.reports.training.corpus import Pair
from graphql_api.reports.vocabulary import BEGIN, END, PAD, SENTENCE, WRITE


def learn_tokens(pairs: Iterable[Pair], size: int) -> PreTrainedTokenizerFast:
    """Learn as many pieces of bytes as the size leaves beside slots and marks."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    slots = [slot.token for slot in every_slot()]
    texts = (text for pair in pairs for text in pair.sentences)
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(slots),
        special_tokens=[PAD, BEGIN, END, SENTENCE, WRITE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((_without_slots(text) for text in texts), trainer)
    tokenizer.add_tokens([AddedToken(slot, special=False, normalized=False) for slot in slots])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, bos_token=BEGIN, eos_token=END, clean_up_tokenization_spaces=False
    )


def save_tokens(tokens: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write them in Hugging Face's layout."""
    tokens.save_pretrained(folder)


def _without_slots(text: str) -> str:
    return "".join(part for part in text.replace("<", "\n<").replace(">", ">\n").split("\n") if part[:1] != "<")
