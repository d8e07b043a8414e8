"""Train the SentencePiece unigram tokenizer. Punctuation marks stay single pieces."""
import argparse
from pathlib import Path

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2

from tiny_config import VOCAB


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--work-dir", type=Path, required=True)
    a = ap.parse_args()
    lines = (a.work_dir / "corpus.txt").read_text(encoding="utf-8").splitlines()
    source = a.work_dir / "tokenizer_corpus.txt"
    # Every letter in both cases must be a known piece, whatever the corpus holds.
    source.write_text("\n".join(lines + [f"{c.upper()} {c}" for c in "abcdefghijklmnopqrstuvwxyz"] * 40) + "\n", encoding="utf-8")
    file = a.work_dir / "tokenizer.model"
    spm.SentencePieceTrainer.train(
        input=str(source), model_prefix=str(file.with_suffix("")), vocab_size=VOCAB, model_type="unigram", character_coverage=1.0,
        byte_fallback=False, user_defined_symbols=list(".!?,;:-"), normalization_rule_name="nmt_nfkc", max_sentencepiece_length=7,
        unk_id=0, bos_id=1, eos_id=2, pad_id=3, minloglevel=2)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(file.read_bytes())
    model.trainer_spec.ClearField("input")                      # the file must not name this machine's folders
    model.trainer_spec.ClearField("model_prefix")
    file.write_bytes(model.SerializeToString())
    sp = spm.SentencePieceProcessor(model_file=str(file))
    print("pieces per character:", sum(len(sp.encode(x)) for x in lines[:2000]) / sum(map(len, lines[:2000])))


if __name__ == "__main__":
    main()
