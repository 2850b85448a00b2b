"""Explains a published number by the source cells it was made of: `voorkant explain`.

    lineage          the inputs of a row, as declared in `datasets/<name>/lineage.yaml`
    row_selection    the row that `--key` selects
    row_queries      rows of tables and their inputs, through DuckDB
    trace            from a row to its inputs, level by level, down to the sources
    source_values    from the text of a source cell to the number in the first table
    sources          from an archived object and a locator to its capture and its text
    rule_results     the rule results of the release
    explanation      all of it for one row
    text_output      an explanation as text for people; json_output: as JSON for programs

Imports no Dagster, Great Expectations or Polars, so that an answer takes less than a second.
"""
