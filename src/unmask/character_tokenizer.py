"""A tokenizer with one token per character, as a standard `transformers` tokenizer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[MASK]")


def character_tokenizer(texts: Iterable[str], length: int) -> Any:
    """A `PreTrainedTokenizerFast` whose vocabulary is the characters of `texts`, in code-point order after the specials.

    Args:
        texts: what must be expressible.
        length: N, recorded as the maximum length.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    characters = sorted(set().union(*map(set, texts)))
    vocabulary = {token: index for index, token in enumerate([*SPECIAL_TOKENS, *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        mask_token="[MASK]",
        model_max_length=length,
        clean_up_tokenization_spaces=False,
    )
