# Writes .sav and .zsav files by haven (PSPP's come from make.sps), and reads
# every file here back into CSV: the cells, and in NAME-labels.csv the labels of
# columns and values. A user-missing cell is spelt as its value after a "!".
library(haven)
set.seed(3)
number <- function(v) vapply(as.double(v), function(y) if (is.na(y)) "." else format(y, digits = 17), "")
spell <- function(x) {
  gone <- if (inherits(x, "haven_labelled_spss")) is.na(x) & !is.na(unclass(x)) else rep(FALSE, length(x))
  v <- zap_formats(zap_label(zap_labels(zap_missing(x))))
  raw <- unclass(zap_labels(x, user_na = TRUE))
  if (grepl("^(MOYR|QYR|WKYR)", paste(attr(x, "format.spss"), ""))) v <- as.Date(as.double(v) / 86400 - 141428, origin = "1970-01-01") # haven leaves their seconds since 1582
  if (inherits(v, "hms")) v <- as.double(v)
  s <- if (inherits(v, "POSIXct")) sub("\\.?0+$", "", format(v, "%Y-%m-%d %H:%M:%OS3", tz = "UTC"))
       else if (inherits(v, "Date")) format(v, "%Y-%m-%d")
       else if (is.numeric(v)) number(v)
       else as.character(v)
  if (inherits(v, "POSIXct")) s <- ifelse(grepl("\\.", format(v, "%H:%M:%OS3", tz = "UTC")) & !grepl("\\.000$", format(v, "%H:%M:%OS3", tz = "UTC")), s, format(v, "%Y-%m-%d %H:%M:%S", tz = "UTC"))
  s[is.na(s) | s == ""] <- "."
  if (any(gone)) s[gone] <- paste0("!", if (is.numeric(raw)) number(raw[gone]) else trimws(raw[gone], "right"))
  s
}
csv <- function(d, file) write.table(d, file, sep = ",", row.names = FALSE, qmethod = "double", fileEncoding = "UTF-8")
back <- function(file) {
  name <- sub("\\.z?sav$", "", file)
  d <- read_sav(file, user_na = TRUE)
  csv(as.data.frame(lapply(d, spell), check.names = FALSE, optional = TRUE), paste0(name, ".csv"))
  one <- function(n) {
    l <- attr(d[[n]], "labels", exact = TRUE)
    rbind(data.frame(column = n, value = "", text = if (is.null(attr(d[[n]], "label", exact = TRUE))) "" else attr(d[[n]], "label", exact = TRUE)),
          if (!is.null(l)) data.frame(column = n, value = if (is.numeric(l)) number(l) else trimws(l, "right"), text = names(l)))
  }
  csv(do.call(rbind, lapply(names(d), one)), paste0(name, "-labels.csv"))
}
rumah <- function(n) {
  d <- data.frame(
    URUT = as.double(seq_len(n)),
    R102 = labelled(sample(c(4, 14, 71), n, TRUE), c("Tulungagung" = 4, "Pasuruan" = 14, "Kota Kediri" = 71), label = "Kabupaten/Kota"),
    R2204A_menerima_PKH_sekarang = labelled_spss(sample(c(1, 5, 8, 9, NA), n, TRUE), c("Ya" = 1, "Tidak" = 5, "Ménolak" = 8, "Tidak tahu" = 9),
                           na_values = c(8, 9), label = "Menerima PKH?"),
    UMUR = labelled_spss(sample(c(0, 7, 25.5, 96, 98, 99, -1), n, TRUE), na_values = -1, na_range = c(97, Inf), label = "Umur"),
    STRATA = labelled_spss(sample(c("U", "R", "X"), n, TRUE), c("Kota" = "U", "Désa" = "R"), na_values = "X", label = "Kota atau desa"),
    NAMA_DESA = sample(c("Désa Ngadirejo", "Kalipucang", "", "Sumberagung Wétan"), n, TRUE),
    TGL = as.Date("2024-03-01") + sample(c(-140000, 0:60, NA), n, TRUE),
    WAKTU = as.POSIXct("2024-03-01 08:00:00", tz = "UTC") + sample(c(0, 59.5, 86399, NA), n, TRUE),
    KAPITA = ifelse(runif(n) < .1, NA, round(rlnorm(n, 14, 1), 2)), FWT = runif(n, 50, 900))
  attr(d$FWT, "label") <- "Penimbang rumah tangga"
  d
}
write_sav(rumah(30), "haven-byte.sav", compress = "byte")
write_sav(rumah(30), "haven-none.sav", compress = "none")
write_sav(rumah(30), "haven-zlib.zsav", compress = "zsav")
write_sav(rumah(1), "one.sav")
write_sav(rumah(3)[0, ], "empty.sav")
write_sav(rumah(1100)[c("URUT", "STRATA", "FWT")], "many.sav")
panjang <- function(n) substr(strrep("0123456789 panjang é ", 200), 1, n)
write_sav(data.frame(URUT = 1:8, CATATAN = c(panjang(2000), "", "Wétan", panjang(255), panjang(256), panjang(504), panjang(510), panjang(1000)), AKHIR = letters[1:8]), "haven-long.sav")
for (f in list.files(pattern = "\\.z?sav$")) if (f != "pspp-longmissing.sav") back(f)
