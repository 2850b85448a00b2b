"""Pure calculations on numbers and text that know no source and no dataset."""
