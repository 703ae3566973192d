"""The command ``zhibiao-train``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zhibiao.errors import MissingExtraError, ZhibiaoError

if TYPE_CHECKING:
    from zhibiao.extraction import Extraction
    from zhibiao.extractor import Extractor
    from zhibiao_training.passage import Passage

__all__ = ["main"]


# What the extra "train" installs.
_EXTRA = ("torch", "transformers", "datasets", "safetensors", "seqeval", "onnx", "onnxruntime", "nncf", "tqdm")
# The passages written for this project, in a checkout of it.
_CORPUS = Path(__file__).resolve().parents[2] / "annotations" / "corpus"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 where some inputs failed, or 2 where something given cannot be used."""
    parser = argparse.ArgumentParser(prog="zhibiao-train", description="Train, measure and export zhibiao's models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="train a model as a TOML file says")
    fit.add_argument("--config", type=Path, required=True, help="the run; see training/README.md")
    fit.add_argument("--base", metavar="DIR_OR_HUB_ID", help="the encoder to start from, in place of the file's")
    fit.add_argument("--out", type=Path, metavar="DIR", help="where checkpoints and logs go, in place of the file's")
    fit.add_argument("--resume", action="store_true", help="go on with the run in the folder OUT that was killed")
    fit.set_defaults(run=_fit)

    linker = commands.add_parser("fit-linker", help="train the linker of a checkpoint further, its encoder frozen")
    linker.add_argument("--checkpoint", type=Path, required=True)
    linker.add_argument("--passages", type=Path, nargs="+", required=True, help="folders of *.ann.txt")
    linker.add_argument("--output", type=Path, required=True, help="the checkpoint to write")
    linker.add_argument("--epochs", type=int, default=30)
    linker.add_argument("--dev", type=Path, help="a folder of *.ann.txt to score the result on")
    linker.set_defaults(run=_fit_linker)

    evaluate = commands.add_parser("evaluate", help="score a model folder or a checkpoint on annotated passages")
    _add_model_and_gold(evaluate)
    evaluate.add_argument("-o", "--output", type=Path, help="write the extractions here, as JSONL")
    evaluate.add_argument("--report", type=Path, metavar="OUT", help="write every figure and every wrong fact here, as JSON")
    evaluate.add_argument("--page", type=Path, metavar="OUT", help="write the report here, as one HTML page with plots")
    evaluate.set_defaults(run=_evaluate)

    calibrate = commands.add_parser("calibrate", help="fit curves that turn scores into probabilities, and measure them")
    _add_model_and_gold(calibrate)
    calibrate.add_argument("--method", choices=("isotonic", "platt"), default="platt", help="default: platt")
    calibrate.add_argument("-o", "--output", type=Path, help="write the curves here, as JSON (default: print them)")
    calibrate.add_argument("--write", action="store_true", help="put the curves into the model folder")
    calibrate.set_defaults(run=_calibrate)

    threshold = commands.add_parser("find-threshold", help="find the score from which facts are right as often as asked for")
    _add_model_and_gold(threshold)
    threshold.add_argument("--precision", type=float, default=0.9, help="the share that is to be right (default: 0.9)")
    threshold.set_defaults(run=_find_threshold)

    export = commands.add_parser("export", help="turn a checkpoint into a model folder")
    export.add_argument("--checkpoint", type=Path, required=True)
    export.add_argument("--output", type=Path, required=True, help="the model folder to write")
    export.add_argument("--name", default="default", help="the model's name")
    export.add_argument(
        "--sample",
        type=Path,
        default=_CORPUS,
        metavar="FOLDER",
        help="a folder of *.ann.txt whose texts are like those to be read: int8 is fitted to them (default: annotations/corpus)",
    )
    export.add_argument("--held", type=Path, help="a folder of *.ann.txt that was held back: calibrate the scores on it")
    export.add_argument("--dev", type=Path, help="a folder of *.ann.txt: score before and after quantisation, and write the card")
    export.add_argument("--story", type=Path, help="a text on how the model was trained, for the card (with --dev)")
    export.set_defaults(run=_export)

    annotate = commands.add_parser(
        "annotate", help="mark raw text with a model, the most uncertain first, for a person to correct"
    )
    annotate.add_argument("inputs", type=Path, nargs="+", metavar="INPUT", help="files and folders of any format zhibiao reads")
    annotate.add_argument("-o", "--output", type=Path, required=True, help="the folder or .jsonl file to write; it must be new")
    annotate.add_argument(
        "--model", type=Path, help="a model folder or a checkpoint (default: the model that comes with zhibiao)"
    )
    annotate.add_argument(
        "--format",
        choices=("brackets", "standoff", "label-studio", "doccano"),
        help="a folder of *.ann.txt, one JSONL file, or a file to import in Label Studio or doccano (default: by the suffix of "
        "OUTPUT: .jsonl standoff, .json Label Studio, else brackets)",
    )
    annotate.add_argument("--top", type=int, metavar="N", help="write the N most uncertain passages only")
    annotate.add_argument("--text-column", metavar="NAME", help="column of a table, or field of JSON Lines, that holds the text")
    annotate.set_defaults(run=_annotate)

    agreement = commands.add_parser("agreement", help="compare two readings of the same passages")
    agreement.add_argument("first", type=Path, help="a folder of *.ann.txt, or a standoff .jsonl file")
    agreement.add_argument("second", type=Path, help="the other reading; passages are told by their names")
    agreement.add_argument("--json", type=Path, metavar="OUT", help="write all figures and disagreements here")
    agreement.add_argument("--worst", type=int, default=0, metavar="N", help="list where the N passages that agree least differ")
    agreement.set_defaults(run=_agreement)

    convert = commands.add_parser("convert", help="turn annotated passages into another tool's format, or back")
    convert.add_argument("source", type=Path, metavar="SOURCE")
    convert.add_argument("target", type=Path, metavar="TARGET")
    known = "brackets, standoff, doccano, label-studio, brat or conll"
    convert.add_argument(
        "--from", dest="from_", metavar="FORMAT", help=f"{known} (default: by the suffix or what lies in the folder)"
    )
    convert.add_argument("--to", metavar="FORMAT", help="the same for the target")
    convert.set_defaults(run=_convert)

    check = commands.add_parser("check", help="look for errors and slips in annotated passages, and count what they hold")
    check.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of *.ann.txt; FOLDER.jsonl beside it is checked too")
    check.add_argument("--json", type=Path, metavar="OUT", help="write the findings and the counts here")
    check.add_argument(
        "--explained", type=Path, metavar="FILE", help="warnings that are right (default: explained.toml beside FOLDER)"
    )
    check.add_argument(
        "--write", action="store_true", help="first write the brackets and FOLDER.jsonl again, in their regular form"
    )
    check.set_defaults(run=_check)

    args = parser.parse_args(argv)
    try:
        return int(args.run(args) or 0)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        missing = MissingExtraError(error.name or "?", "train", "zhibiao-train")
        print(f"zhibiao-train: error: {missing}", file=sys.stderr)
        return 2
    except (ZhibiaoError, OSError, ValueError) as error:
        print(f"zhibiao-train: error: {error}", file=sys.stderr)
        return 2


# Each command imports what it needs itself: --help and a missing extra must not wait for torch.


def _fit(args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from zhibiao_training.config import read_config
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.evaluate import measure_on
    from zhibiao_training.fit import fit

    given = {"base": args.base, "out": args.out and str(args.out)}
    run = read_config(args.config, {key: value for key, value in given.items() if value})
    fit(run, measure_on(read_folder(run.dev), asdict(run)) if run.dev else None, resume=args.resume)


def _fit_linker(args: argparse.Namespace) -> None:
    from zhibiao_training.checkpoint import load_checkpoint
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.evaluate import measure_on
    from zhibiao_training.fit_linker import LinkerRun, fit_linker

    checkpoint = load_checkpoint(args.checkpoint)
    passages = [passage for folder in args.passages for passage in read_folder(folder)]
    run = LinkerRun(epochs=args.epochs)
    measure = measure_on(read_folder(args.dev), checkpoint.notes["run"]) if args.dev else None
    fit_linker(checkpoint, passages, run, args.output, measure)


def _extractor(model: Path | None, *, calibrated: bool = True) -> Extractor:
    """The extractor of a model folder or a checkpoint, or by default that of the model that comes with zhibiao."""
    from zhibiao.extractor import Extractor

    if model and (model / "checkpoint.json").exists():
        from zhibiao_training.checkpoint import load_checkpoint
        from zhibiao_training.evaluate import extractor_of

        checkpoint = load_checkpoint(model)
        return extractor_of(checkpoint.model, checkpoint.table, checkpoint.notes["run"])
    # Figures must not depend on what else is installed.
    return Extractor.load(model, calibrated=calibrated, backend="onnx")


def _add_model_and_gold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, help="a model folder or a checkpoint (default: the model that comes with zhibiao)")
    parser.add_argument(
        "--gold", type=Path, required=True, help="a folder of *.ann.txt; must not be what the model was trained on"
    )


def _extract_gold(
    args: argparse.Namespace, *outputs: Path | None, calibrated: bool = True
) -> tuple[list[Passage], list[Extraction]]:
    """The gold's passages, and what the model makes of them; that there is a place for the results is found out first."""
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.evaluate import extract_all

    for path in outputs:
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise ValueError(f"{path}: is a folder, or lies in none; nothing can be written there")
    passages = read_folder(args.gold)
    return passages, extract_all(_extractor(args.model, calibrated=calibrated), passages)


def _write_json(told: object, path: Path) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def _evaluate(args: argparse.Namespace) -> None:
    from zhibiao.table import write_jsonl
    from zhibiao_training.evaluate import score

    passages, extractions = _extract_gold(args, args.output, args.report, args.page)
    if args.output:
        with args.output.open("w", encoding="utf-8", newline="\n") as stream:
            write_jsonl(extractions, stream)
    if args.report or args.page:
        from zhibiao_training.report import build_report
        from zhibiao_training.report_page import render_page

        report = build_report(passages, extractions, str(args.model or "default model"), str(args.gold))
        if args.report:
            _write_json(report.to_json(), args.report)
        if args.page:
            # A path may hold what UTF-8 cannot.
            args.page.write_bytes(render_page(report).encode("utf-8", "xmlcharrefreplace"))
    print(json.dumps(score(passages, extractions).figures(), ensure_ascii=False, indent=1))


def _calibrate(args: argparse.Namespace) -> None:
    from zhibiao_training.calibration import METHODS, calibrate, outcomes_of

    if args.write and (args.method != "platt" or not args.model or (args.model / "checkpoint.json").exists()):
        raise ValueError("--write puts curves of the method platt into the model folder that --model names")
    # Curves are for the scores as they come, whatever curves the model has.
    passages, extractions = _extract_gold(args, args.output, calibrated=False)
    measured = calibrate(list(map(outcomes_of, passages, extractions)), METHODS[args.method])
    told = measured.to_json()
    if args.write:
        from zhibiao_training.export import set_calibration

        set_calibration(args.model, measured.calibration)
    if args.output:
        _write_json(told, args.output)
        told = told["measured"]
    print(json.dumps(told, ensure_ascii=False, indent=1))


def _find_threshold(args: argparse.Namespace) -> None:
    from zhibiao_training.calibration import choose_threshold, outcomes_of

    if not 0 < args.precision <= 1:
        raise ValueError(f"--precision {args.precision}: must be above 0 and at most 1")
    told = choose_threshold(list(map(outcomes_of, *_extract_gold(args))), args.precision)
    print(json.dumps(told, ensure_ascii=False, indent=1))


def _export(args: argparse.Namespace) -> None:
    from zhibiao_training.card import write_card
    from zhibiao_training.checkpoint import load_checkpoint
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.export import export

    if not args.sample.is_dir():
        raise ValueError(f"{args.sample}: no such folder; give texts to fit int8 to with --sample FOLDER")
    checkpoint = load_checkpoint(args.checkpoint)
    export(checkpoint, args.output, args.name, [passage.text for passage in read_folder(args.sample)])
    if args.held:
        from zhibiao_training.calibration import METHODS, calibrate, outcomes_of
        from zhibiao_training.evaluate import extract_all
        from zhibiao_training.export import set_calibration

        held = read_folder(args.held)
        extractions = extract_all(_extractor(args.output, calibrated=False), held)
        outcomes = list(map(outcomes_of, held, extractions))
        set_calibration(args.output, calibrate(outcomes, METHODS["platt"]).calibration)
    if args.dev:
        story = args.story.read_text(encoding="utf-8") if args.story else ""
        write_card(checkpoint, args.output, read_folder(args.dev), story)
        print((args.output / "README.md").read_text(encoding="utf-8"))


def _annotate(args: argparse.Namespace) -> int:
    from zhibiao_training.annotate import Draft, check_output, draft_documents, uncertain_first, write_drafts

    # Whatever can be wrong about the options is found before hours of work.
    if args.top is not None and args.top < 1:
        raise ValueError(f"--top {args.top}: must be 1 or more")
    check_output(args.output)
    drafts: list[Draft] = []
    failed = 0
    for found in draft_documents(_extractor(args.model), args.inputs, args.text_column):
        if isinstance(found, Draft):
            drafts.append(found)
        else:
            failed += 1
            print("zhibiao-train: error:", " ".join(str(found).split()), file=sys.stderr)
    if drafts:
        form = args.format or {".jsonl": "standoff", ".json": "label-studio"}.get(args.output.suffix, "brackets")
        model_version = str(args.model or "zhibiao")
        errors = write_drafts(uncertain_first(drafts)[: args.top], args.output, form, model_version)
        failed += len(errors)
        for error in errors:
            print(f"zhibiao-train: error: {error}", file=sys.stderr)
    return 1 if failed else 0


def _agreement(args: argparse.Namespace) -> None:
    from zhibiao_training.agreement import compare, read_passages, render_lines

    agreement = compare(read_passages(args.first), read_passages(args.second))
    if args.json:
        _write_json(agreement.to_json(), args.json)
    for line in render_lines(agreement, args.worst):
        print(line)


def _check(args: argparse.Namespace) -> int:
    from zhibiao_training.check import check_folder, read_explained, render_lines, rewrite, unexplained
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.counts import count, tables

    beside = args.folder.resolve().parent / "explained.toml"
    explained = args.explained or (beside if beside.exists() else None)
    reasons = read_explained(explained) if explained else {}
    if args.write:
        rewrite(args.folder)
    found = unexplained(check_folder(args.folder), reasons)
    counts = count(read_folder(args.folder))
    if args.json:
        from dataclasses import asdict

        told = {"findings": [asdict(finding) for finding in found], "counts": counts}
        _write_json(told, args.json)
    for line in render_lines(found, len(reasons)):
        print(line)
    print(f"\n{tables(counts)}")
    return 1 if found else 0


def _convert(args: argparse.Namespace) -> None:
    from zhibiao_training.convert import convert

    for remark in convert(args.source, args.target, args.from_, args.to):
        print(f"zhibiao-train: note: {remark}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
