"""Files that people put in a folder: read by cell, in a process that may die, into rows of text.

    sandbox     runs a reader in a limited child process; whatever happens there becomes a code
    package     is this zip file a workbook that may be opened at all?
    workbook    XLSX -> cells      (in the child)
    delimited   CSV  -> cells      (in the child)
    tabular     a file's bytes -> its cells as one frame, through the sandbox
    grid        cells by row, and the account of which were used and which were not
    tables      layouts with one header row
    sisa        the layout of SiSa annexes: bands of indicators
    layouts     which layouts there are, per source, and the reading of a whole capture
    exports     the same for exports of the CBS portal, which need no layout

What belongs here: everything between bytes that nobody vouches for and raw rows. What does not: where
the bytes come from (`origins/drop`), and what a value means (`core/`). Nothing is imported here: the
child needs a few of these modules only, and starts for every file.
"""
