* Writes the .sav files of PSPP: pspp make.sps.
SET DECIMAL=DOT.
DATA LIST LIST /URUT (F5.0) R102 (F2.0) R2204A (F1.0) UMUR (F4.1) STRATA (A1) KODE (A12) NAMA (A20) TGL (DATE11) TGLI (EDATE10) BULAN (MOYR8) KUARTAL (QYR6) MINGGU (WKYR8) WAKTU (DATETIME23.2) JAM (TIME8) HARI (WKDAY9) UPAH (COMMA12.2) PERSEN (PCT6.1) FWT (F12.6).
BEGIN DATA
1 4 1 7 "U" "aaaa-bbbb-01" "Désa Ngadirejo" "01-MAR-2024" "31.12.1999" "MAR 2024" "1 Q 2024" "9 WK 2024" "01-MAR-2024 13:45:07.25" "08:30:00" "Mon" 1250000.5 12.5 350.125
2 14 5 97 "R" "aaaa-bbbb-02" "Kalipucang" "15-OCT-1582" "01.01.1970" "JAN 1970" "4 Q 1969" "1 WK 1970" "31-DEC-1969 23:59:59" "23:59:59" "Sun" -0.25 0 88.000001
3 71 8 98.5 "X" "99" "" . . . . . . . . . . 100
4 . 9 -1 "U" "TT" "Wétan" "31-DEC-2099" "01.02.2003" "DEC 2099" "3 Q 2003" "52 WK 2003" "01-JAN-1900 00:00:00" "00:00:01" "Sat" 1e15 99.9 1
5 71 1 25.5 "" "aaaa-bbbb-01" "Tuban" "29-FEB-2024" "29.02.2024" "FEB 2024" "2 Q 2024" "10 WK 2024" "29-FEB-2024 00:00:00" "00:00:00" "Fri" -99999 -1 151
END DATA.
STRING CATATAN (A700).
COMPUTE CATATAN = CONCAT("Rumah di tepi Bengawan; ", NAMA).
IF (URUT = 2) CATATAN = CONCAT(RPAD("awal", 300, "x"), RPAD("tengah", 300, "y"), "akhir").
IF (URUT = 3) CATATAN = "".
RENAME VARIABLES (R2204A = R2204A_menerima_PKH_sekarang).
VARIABLE LABELS R102 "Kabupaten/Kota" R2204A_menerima_PKH_sekarang "Menerima PKH?" FWT "Penimbang".
VALUE LABELS R102 4 "Tulungagung" 14 "Pasuruan" 71 "Kota Kediri"
  /R2204A_menerima_PKH_sekarang 1 "Ya" 5 "Tidak" 8 "Ménolak" 9 "Tidak tahu"
  /STRATA "U" "Kota" "R" "Désa"
  /KODE "aaaa-bbbb-01" "Kode satu" "TT" "Tidak tahu".
MISSING VALUES R2204A_menerima_PKH_sekarang (8, 9) /UMUR (97 THRU HI, -1) /STRATA ("X") /UPAH (LO THRU -1).
DOCUMENT Data buatan untuk uji pembaca.
FILE LABEL Susenas buatan.
WEIGHT BY FWT.
SAVE OUTFILE="pspp-byte.sav" /COMPRESSED.
SAVE OUTFILE="pspp-none.sav" /UNCOMPRESSED.
SAVE OUTFILE="pspp-zlib.zsav" /ZCOMPRESSED.
* haven cannot read missing values of long texts; the test lists what is expected.
MISSING VALUES KODE ("TT", "99").
SAVE OUTFILE="pspp-longmissing.sav" /COMPRESSED /KEEP=URUT KODE.
