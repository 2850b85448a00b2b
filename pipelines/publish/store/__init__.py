"""Where releases are kept: a storage that promises little, and a numbered log that decides all.

    log/00000000000000000001.json    what was released, withdrawn, collected; the only truth
    data/<dataset>/<version>/        the files of a release, laid out after the log says so
    staging/<token>/                 files on their way to a release
    catalog.json, latest.json        made from the log, never trusted over it

Creating the next number of the log is the one step that releases something. What comes before it
(staging) is invisible, what comes after it (laying out, the catalogue) can be done again by anyone,
so a crash at any point leaves the old or the new catalogue. No clock and no lock decides anything.
"""
