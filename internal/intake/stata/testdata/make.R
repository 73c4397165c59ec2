# Writes .dta files by haven, and reads its own back into CSV: the
# cells, and in NAME-labels.csv the labels of columns and values.
library(haven)
set.seed(2)
spell <- function(x) {
  tag <- if (is.double(x)) na_tag(x) else rep(NA, length(x))
  v <- zap_formats(zap_label(zap_labels(x)))
  s <- if (inherits(v, "POSIXct")) sub("\\.?0*$", "", format(v, "%Y-%m-%d %H:%M:%OS3", tz = "UTC"))
       else if (inherits(v, "Date")) format(v, "%Y-%m-%d")
       else if (is.numeric(v)) vapply(as.double(v), function(y) if (is.na(y)) "." else format(y, digits = 17), "")
       else as.character(v)
  if (inherits(v, "POSIXct")) s <- ifelse(grepl(":", s) & nchar(s) < 19, format(v, "%Y-%m-%d %H:%M:%S", tz = "UTC"), s)
  s[is.na(s) | s == ""] <- "."
  s <- ifelse(!is.na(tag), paste0(".", tag), s)
  s
}
csv <- function(d, file) write.table(d, file, sep = ",", row.names = FALSE, qmethod = "double", fileEncoding = "UTF-8")
back <- function(name) {
  # haven writes UTF-8 into release 117 too, and reads it as Windows 1252 unless told
  d <- read_dta(paste0(name, ".dta"), encoding = if (grepl("117", name)) "UTF-8")
  csv(as.data.frame(lapply(d, spell), check.names = FALSE, optional = TRUE), paste0(name, ".csv"))
  one <- function(n) {
    l <- attr(d[[n]], "labels")
    v <- if (is.null(l)) NULL else { t <- na_tag(as.double(l)); ifelse(is.na(t), format(as.double(l), digits = 17, trim = TRUE), paste0(".", t)) }
    rbind(data.frame(column = n, value = "", text = if (is.null(attr(d[[n]], "label"))) "" else attr(d[[n]], "label")),
          if (!is.null(l)) data.frame(column = n, value = v, text = names(l)))
  }
  csv(do.call(rbind, lapply(names(d), one)), paste0(name, "-labels.csv"))
}
rumah <- function(n) {
  d <- data.frame(
    URUT = seq_len(n),
    R102 = labelled(sample(c(4, 14, 71), n, TRUE), c("Tulungagung" = 4, "Pasuruan" = 14, "Kota Kediri" = 71), label = "Kabupaten/Kota"),
    R2204A = labelled(sample(c(1, 5, tagged_na("a"), tagged_na("z"), NA), n, TRUE),
                      c("Ya" = 1, "Tidak" = 5, "Ménolak menjawab" = tagged_na("a")), label = "Menerima PKH?"),
    NAMA_DESA = sample(c("Désa Ngadirejo", "Kalipucang", "", "Sumberagung Wétan"), n, TRUE),
    TGL = as.Date("2024-03-01") + sample(c(-40000, 0:60, NA), n, TRUE),
    WAKTU = as.POSIXct("2024-03-01 08:00:00", tz = "UTC") + sample(c(0, 59.5, 86399, NA), n, TRUE),
    KAPITA = ifelse(runif(n) < .1, NA, round(rlnorm(n, 14, 1), 2)), FWT = runif(n, 50, 900))
  attr(d$FWT, "label") <- "Penimbang rumah tangga"
  d
}
write_dta(rumah(30), "susenas117.dta", version = 13, label = "Susenas buatan")
write_dta(rumah(30), "susenas118.dta", version = 14, label = "Susenas buatan, désa")
write_dta(rumah(30), "susenas119.dta", version = 15)
write_dta(rumah(1), "one.dta", version = 14)
write_dta(rumah(3)[0, ], "empty.dta", version = 14)
write_dta(rumah(1100)[c("URUT", "R2204A", "FWT")], "many.dta", version = 14)
panjang <- c(strrep("panjang ", 400), "", "Wétan", strrep("panjang ", 400), strrep("é", 1500))
write_dta(data.frame(URUT = 1:5, CATATAN = panjang), "strl118.dta", version = 14)
write_dta(data.frame(URUT = 1:5, CATATAN = panjang), "strl117.dta", version = 13)
# More long texts than one page and one step of the index, some of them twice.
acak <- sample(300)
write_dta(data.frame(URUT = 1:300, SATU = sprintf("teks nomor %d, wétan", acak %/% 2), DUA = sprintf("%s akhir %d", strrep("x", acak %% 90), acak)),
          "strlmany.dta", version = 14, strl_threshold = 10)
for (n in sub("\\.dta$", "", list.files(pattern = "\\.dta$"))) if (!grepl("^periods|^pandas", n)) back(n)
