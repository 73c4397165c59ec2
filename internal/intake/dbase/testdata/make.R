# Writes the .dbf files of R, and reads every .dbf of R and dBase back into CSV.
library(foreign)
options(digits = 17, scipen = 50)
set.seed(1)
spell <- function(x) {
  s <- if (inherits(x, "Date")) format(x, "%Y-%m-%d")
       else if (is.logical(x)) ifelse(x, "1", "0")
       else if (is.numeric(x)) vapply(x, function(v) if (is.na(v)) "." else format(v, digits = 17), "")
       else trimws(as.character(x), "right")
  s[is.na(s) | s == ""] <- "."
  trimws(s)
}
back <- function(file) {
  d <- read.dbf(paste0(file, ".dbf"), as.is = TRUE)
  s <- as.data.frame(lapply(d, spell), check.names = FALSE)
  write.table(s, paste0(file, ".csv"), sep = ",", row.names = FALSE, qmethod = "double", fileEncoding = "UTF-8")
}
rumah <- function(n) data.frame(
  URUT = seq_len(n), PSU = 10000L + sample.int(999L, n, TRUE), STRATA = sample(c("U1", "R2", NA), n, TRUE),
  R101 = 35L, R102 = sample(c(4L, 14L, 71L), n, TRUE), NAMA_DESA = sample(c("Désa Ngadirejo", "Kalipucang", "", "Sumberagung Wétan"), n, TRUE),
  TGL = as.Date("2024-03-01") + sample(c(0:60, NA), n, TRUE), R2204A = sample(c(TRUE, FALSE, NA), n, TRUE),
  KAPITA = ifelse(runif(n) < .1, NA, round(rlnorm(n, 14, 1), 2)), FWT = round(runif(n, 50, 900), 6), KALORI = round(rnorm(n, 0, 2000), 3))
write.dbf(rumah(40), "susenas.dbf")
write.dbf(rumah(1), "one.dbf")
write.dbf(rumah(1100)[c("URUT", "STRATA", "R101", "FWT")], "many.dbf")
write.dbf(rumah(5)[0, ], "empty.dbf")
for (f in c("susenas", "one", "many", "empty")) back(f)
