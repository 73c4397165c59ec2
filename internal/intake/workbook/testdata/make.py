# Workbooks of other writers; versions in README.md. All people are invented, and
# the region codes within the identity numbers (77) do not exist.
import datetime as dt
import subprocess

import openpyxl
import pandas as pd
import xlsxwriter
from openpyxl.styles import Font


def bps():
    """A table as BPS hands it out: titles, three levels of merged headers, notes."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Daftar Isi"
    cover["A1"] = "Daftar isi"
    s = book.create_sheet("Kemiskinan 2023")
    s["A1"] = "Tabel 1. Kemiskinan menurut Kabupaten/Kota"
    s.merge_cells("A1:H1")
    s["A2"] = "Provinsi Jawa Timur"
    rows = [
        ["No", "Kabupaten/Kota", "Jumlah Penduduk Miskin", None, "Persentase", None, "Garis Kemiskinan", None],
        [None, None, "Maret", "September", "Maret", "September", "2023*", None],
        [None, None, "(ribu)", "(ribu)", "(%)", "(%)", "(Rp)", None],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", None],
        [None, "JAWA TIMUR", 4188.81, "...", 10.35, "...", "507.286", None],
        [1, "Kab. Pacitan", 76.19, "...", 13.65, "…", "354.500", None],
        [2, "Kab. Kediri", 169.95, "...", 10.72, "...", "383.512", None],
        [3, "KotaKediri", 20.56, "...", 7.15, "–", "577.100*", None],
        [4, "Kota Batu", "6,98", "...", 3.31, "-", "-", None],
        [None] * 8,
        ["Keterangan:"],
        ["-", "Angka September belum tersedia"],
        ["Sumber: BPS, Susenas Maret 2023"],
    ]
    for i, row in enumerate(rows):
        for j, v in enumerate(row):
            if v is not None:
                s.cell(4 + i, 1 + j, v)
    for ref in ["A4:A6", "B4:B6", "C4:D4", "E4:F4"]:
        s.merge_cells(ref)
    s["B4"].font = Font(bold=True)
    s.row_dimensions[10].hidden = True
    s.column_dimensions["D"].hidden = True
    book.save("bps.xlsx")


def formats():
    """Dates, times, shares, truths and faults by number format; formulas with and without results."""
    for name, options in [("formats.xlsx", {}), ("since1904.xlsx", {"date_1904": True})]:
        book = xlsxwriter.Workbook(name, options)
        s = book.add_worksheet("Isi")
        f = lambda code: book.add_format({"num_format": code})
        s.write_row(0, 0, ["nama", "tanggal", "waktu", "jam", "lama", "bagian", "ya", "hasil", "tanpa", "salah", "kode", "uang"])
        for i in range(3):
            day = dt.datetime(2024, 2, 28) + dt.timedelta(days=i)
            r = i + 1
            s.write_string(r, 0, ["Désa & <b>Kota</b>", "baris\r\ndua", " Ngawi "][i])
            s.write_datetime(r, 1, day, f("dd/mm/yyyy"))
            s.write_datetime(r, 2, day + dt.timedelta(hours=8, minutes=30), f("yyyy-mm-dd hh:mm"))
            s.write_datetime(r, 3, dt.time(7, 30 + i), f("hh:mm"))
            s.write_number(r, 4, 1.25 + i, f("[h]:mm:ss"))
            s.write_number(r, 5, [0.125, 0.07, 1][i], f("0.0%"))
            s.write_boolean(r, 6, i != 1)
            s.write_formula(r, 7, f"=LEN(A{r+1})*2", None, 20 + i)
            s.write_formula(r, 8, f"=B{r+1}", None, "")
            s.write_formula(r, 9, "=1/0", None, "#DIV/0!")
            s.write_number(r, 10, 35.1 + i / 10)
            s.write_number(r, 11, [1500000, 4419.1, 0.1 + 0.2][i], f('"Rp "#,##0.00;[Red]-#,##0.00'))
        book.close()
    book = openpyxl.Workbook()
    s = book.active
    s.append(["a", "b", "c"])
    for i in range(1, 4):
        s.append([f"k{i}", i, f"=B{i+1}*2"])
    book.save("uncached.xlsx")


def people():
    """Rows of persons as exports have them, written by pandas."""
    n = 7
    frame = pd.DataFrame({
        "NIK": [7701012304560001 + 10 * i + i for i in range(n)],
        "No KK": [f"77010123045600{i:02d}" for i in range(n)],
        "nama": [f"Warga {i}" for i in range(n)],
        "tanggal_lahir": [dt.datetime(1960 + i, 1 + i, 3) for i in range(n)],
        "desil": [1, 2, None, 4, 5, 6, 7],
        "RT": [f"{i:03d}" for i in range(n)],
    })
    frame.to_excel("people.xlsx", sheet_name="DTSEN", index=False)
    # What Excel leaves of identity numbers typed as numbers.
    frame["NIK"] = [float(f"{v:.14e}") for v in frame["NIK"]]
    frame.to_excel("lost.xlsx", sheet_name="DTSEN", index=False)


def office():
    """LibreOffice saves the same tables anew, and in forms that are refused."""
    for name in ["bps", "formats", "people"]:
        subprocess.run(["soffice", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "lo", f"{name}.xlsx"], check=True)
        subprocess.run(["mv", f"lo/{name}.xlsx", f"lo-{name}.xlsx"], check=True)
    for kind in ["xls", "ods"]:
        subprocess.run(["soffice", "--headless", "--convert-to", kind, "uncached.xlsx"], check=True)
    subprocess.run(["mv", "uncached.xls", "old.xls"], check=True)
    subprocess.run(["mv", "uncached.ods", "open.ods"], check=True)
    subprocess.run(["rmdir", "lo"], check=True)


bps()
formats()
people()
office()
