"""The validation report: what every rule found on every table, as data and as a page.

* frames  an audit -> the tables `rule`, `run` and `failure`
* files   these tables as Parquet and JSON, written and read
* pages   the same as one page for people, in Dutch or English
* gate    the message when a critical rule stops a dataset
"""
