"""`voorkant doctor`: whether the releases are what the log says, and clearing what crashes left."""

from __future__ import annotations

from pipelines.cli.console import console, print_json
from pipelines.cli.options.doctor import DoctorOptions
from pipelines.publish import portal_catalogue
from pipelines.publish.store import doctor
from pipelines.publish.store.open_storage import storage_at, storage_to_publish_at


def run(options: DoctorOptions) -> int:
    """`voorkant doctor`: exit code 1 when something is left for a person, or was not cleaned."""
    if options.clean:
        storage = storage_to_publish_at(options.published)
        found = doctor.clean(storage)
        if not found:
            portal_catalogue.describe(storage, options.state)
    else:
        found = doctor.examine(storage_at(options.published))
    if options.json:
        print_json({"cleaned": options.clean, "findings": [each.as_dict() for each in found]})
        return 1 if found else 0
    for each in found:
        console.print(f"{each.kind}: {each.key}", markup=False, soft_wrap=True)
        console.print(f"  {each.problem}", markup=False, soft_wrap=True)
    if any(each.cleanable for each in found):
        console.print("\nRun `voorkant doctor --clean` when no other run is at work.", markup=False)
    if not found:
        console.print("Every release is whole and as it was published; nothing is left over.")
    return 1 if found else 0
