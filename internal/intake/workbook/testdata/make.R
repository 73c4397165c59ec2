# A workbook of R's; versions in README.md.
openxlsx::write.xlsx(list(Data = data.frame(
  wilayah = c("Kabupaten Pacitan", "Kota Batu", "Désa & lain"),
  p0 = c(13.65, 3.31, NA),
  n = c(1L, NA, 3L),
  tgl = as.Date(c("2023-03-01", NA, "2023-09-30")),
  ya = c(TRUE, FALSE, NA)
)), "r.xlsx")
