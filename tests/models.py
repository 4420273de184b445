"""Tiny masked LMs with real architectures and their tokenizers, saved with `save_pretrained`."""

from pathlib import Path

import torch
import transformers

AMINO = list("LAGVSERTIDPKQNFYMHWCXBUZO")
WORDS = ["the", "cat", "dog", "sat", "ran", "on", "a", "mat", "##s", "red", "big", "hat", "."]
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}


def wordpiece(folder: Path, length: int):
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    return transformers.BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=length)


def bert(folder: Path):
    tokenizer = wordpiece(folder, 40)
    return transformers.BertForMaskedLM(
        transformers.BertConfig(vocab_size=len(tokenizer) + 6, max_position_embeddings=40, **SMALL)
    ), tokenizer


def roberta(folder: Path):
    from tokenizers import ByteLevelBPETokenizer, processors

    bpe = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe.train_from_iterator([" ".join(WORDS)], vocab_size=300, special_tokens=special, show_progress=False)
    bpe.save(str(folder / "tokenizer.json"))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        model_max_length=40,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )
    tokenizer.backend_tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    config = transformers.RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=42, pad_token_id=1, **SMALL)
    return transformers.RobertaForMaskedLM(config), tokenizer


def modernbert(folder: Path):
    tokenizer = wordpiece(folder, 40)
    ids = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
    config = transformers.ModernBertConfig(vocab_size=len(tokenizer), max_position_embeddings=40, **SMALL, **ids)
    return transformers.ModernBertForMaskedLM(config), tokenizer


def esm(folder: Path):
    vocabulary = ["<cls>", "<pad>", "<eos>", "<unk>", *AMINO, ".", "-", "<null_1>", "<mask>"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = transformers.EsmTokenizer(str(folder / "vocab.txt"), model_max_length=40)
    config = transformers.EsmConfig(
        vocab_size=len(vocabulary),
        mask_token_id=vocabulary.index("<mask>"),
        pad_token_id=1,
        max_position_embeddings=42,
        position_embedding_type="rotary",
        **SMALL,
    )
    return transformers.EsmForMaskedLM(config), tokenizer


ARCHITECTURES = {"bert": bert, "roberta": roberta, "modernbert": modernbert, "esm": esm}


def save(architecture: str, folder: Path) -> Path:
    """A folder as a user would have it."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    model, tokenizer = ARCHITECTURES[architecture](folder)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def text_for(architecture: str) -> str:
    """Text in the vocabulary of the tiny model."""
    import numpy as np

    generator = np.random.default_rng(0)
    if architecture == "esm":
        return "".join(generator.choice(AMINO[:20], 600))
    return " ".join(generator.choice([w for w in WORDS if not w.startswith("#")], 600))
