"""From a published number back to the cells it was made of: `voorkant explain`.

    lineage    which rows a row was made of, as `datasets/<name>/lineage.yaml` declares it
    rows       the row that is meant, and rows of tables, through DuckDB
    walk       from a row to the rows it was made of, down to the source
    reading    from the text of a source cell to the number in the first table
    sources    from an archived object and a locator to when and where it was captured, and what stands there
    judged     what the rules of the release found
    telling    all of it as text for people, or as JSON

Nothing of Dagster, Great Expectations or Polars is imported: an answer is there within a second.
"""
