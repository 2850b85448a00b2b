"""The reference CSVs and declarations of the project, with the code that knows them."""
