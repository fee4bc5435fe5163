"""The tests, the tools that write generated pages, and the measurements."""
