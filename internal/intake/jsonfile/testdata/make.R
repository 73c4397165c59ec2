# Writes the table of table.csv as JSON by jsonlite: a list of objects, and one object
# a line. Blank cells are null.
library(jsonlite)
d <- read.csv("table.csv", colClasses = "character", encoding = "UTF-8", na.strings = ".")
d <- transform(d, n = as.integer(n), x = as.numeric(x), ya = ya == "1", kosong = as.character(kosong))
write_json(d, "r.json", digits = NA, na = "null")
stream_out(d, file("r.ndjson"), digits = NA, na = "null", verbose = FALSE)
