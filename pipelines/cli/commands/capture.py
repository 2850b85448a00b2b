"""`voorkant capture`: sources into the archive, compared with what was there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console

from expectations.errors import VoorkantError, usage
from pipelines import capture as capturing
from pipelines.cli.console import console, print_json
from pipelines.cli.options.capture import CaptureOptions
from pipelines.cli.settings import settings_of
from pipelines.runtime.progress import Arriving


def run(options: CaptureOptions) -> int:
    """`voorkant capture`."""
    settings = settings_of(options)
    if options.accept and not options.source:
        raise usage("--accept is for sources you looked at.", "Name them with --source.")
    if options.dry_run:
        return _dry_run(options, list(capturing.request_to_send(settings, options.source)))
    if options.find_ids:
        found = capturing.find_ids(settings, options.source)
        if options.json:
            print_json([each.as_dict() for each in found])
        for each in () if options.json else found:
            console.print(each.sentence, markup=False, soft_wrap=True)
        return 0 if all(each.outcome == "found" for each in found) else 1

    def done(summary: dict[str, Any]) -> None:
        if not options.json:
            arriving.print(*_capture_lines(summary))

    with Arriving(Console(stderr=True), console) as arriving:
        summaries = capturing.capture(
            settings, options.source, options.accept, arriving.on_progress, done
        )
    if options.json:
        print_json(summaries)
    return 1 if any(summary.get("error") for summary in summaries) else 0


def _dry_run(options: CaptureOptions, requests: list[Any]) -> int:
    """What would be sent, source by source, in a form that `curl` could follow."""
    if options.json:
        print_json([{**asdict(each), "headers": dict(each.headers)} for each in requests])
        return 0
    source = ""
    for each in requests:
        if each.source != source:
            source = each.source
            console.print(f"\n{source}", style="bold")
        sent = each.method if each.sent else "file"
        console.print(f"  {sent} {each.url}", markup=False, soft_wrap=True)
        for name, value in each.headers:
            console.print(f"      {name}: {value}", style="dim", markup=False, soft_wrap=True)
        if each.then:
            console.print(f"      {each.then}", markup=False, soft_wrap=True)
    sent = sum(each.sent for each in requests)
    console.print(f"\n{sent} requests would be sent at least; none was sent.")
    return 0


def _capture_lines(summary: dict[str, Any]) -> list[str]:
    """What came of the capture of one source: a line, what stands out, and the problem if any."""
    parts = [f"{summary['answers']:,} answers", f"{summary['bytes']:,} bytes"]
    for key, words in (
        ("not_modified", "not changed at the source"),
        ("resumed", "kept from an interrupted run"),
        ("retries", "tries failed first"),
    ):
        if summary[key]:
            parts.append(f"{summary[key]:,} {words}")
    before = summary["compared_with"]
    parts.append(f"compared with {before['retrieved_at']}" if before else "nothing to compare with")
    lines = [f"{summary['source']:<24} {summary['outcome']:<10} {', '.join(parts)}"]
    for finding in summary["findings"]:
        if not finding["passed"]:
            examples = f" ({', '.join(finding['examples'])})" if finding["examples"] else ""
            lines.append(
                f"  {finding['severity']:<9} {finding['about']}, {finding['test']}: "
                f"{finding['sentence']}{examples}"
            )
    error = summary["error"]
    if error:
        in_use = summary["in_use"]
        lines.append(f"  {VoorkantError(**error)}".replace("\n", "\n  "))
        lines.append(
            f"  in use   the capture of {in_use['retrieved_at']} from {in_use['origin']}"
            if in_use
            else "  in use   nothing: this source was never captured"
        )
    return lines
