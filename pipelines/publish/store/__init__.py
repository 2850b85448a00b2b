"""Where releases are kept: a storage that promises little, and a numbered log that decides all.

    log/00000000000000000001.json    what was released, withdrawn, collected; the only truth
    data/<dataset>/<version>/        the files of a release, promoted from staging once it is in the log
    staging/<token>/                 files on their way to a release
    catalog.json, latest.json        made from the log, never trusted over it

Creating the next number of the log is the one step that releases something. What comes before it
(staging) is invisible, what comes after it (promoting, the catalogue) can be repeated by any run,
so a crash at any point leaves the old or the new catalogue. No clock and no lock decides anything.
"""
