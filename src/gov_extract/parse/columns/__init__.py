"""Which place of a row belongs to which column: by its header (`headers`), by where other rows' figures stand (`rulers`), by
order (`telling`)."""
