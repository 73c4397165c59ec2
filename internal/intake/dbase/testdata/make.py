"""Writes the .dbf files with memo, FoxPro types and code pages by the package
dbf, and what the package dbfread reads of them as CSV."""
import csv, datetime, decimal, os, sys
import dbf, dbfread

D, DT = datetime.date, datetime.datetime

def spell(v):
    if v is None or v == '':
        return '.'
    if isinstance(v, bool):
        return '1' if v else '0'
    if isinstance(v, DT):
        return v.isoformat(' ').rstrip('0').rstrip('.') if v.microsecond else v.isoformat(' ')
    if isinstance(v, D):
        return v.isoformat()
    if isinstance(v, (float, decimal.Decimal)):
        return format(float(v), '.17g')
    return str(v).rstrip()

def make(name, kind, spec, rows, codepage, deleted=()):
    for end in ('.dbf', '.dbt', '.fpt'):
        if os.path.exists(name + end):
            os.remove(name + end)
    t = dbf.Table(name + '.dbf', spec, dbf_type=kind, codepage=codepage)
    t.open(dbf.READ_WRITE)
    for r in rows:
        t.append(r)
    for i in deleted:
        dbf.delete(t[i])
    t.close()
    if ' null' in spec:  # dbfread does not know the flags of null
        t = dbf.Table(name + '.dbf')
        t.open()
        names, records = t.field_names, [[None if v is dbf.Null else v for v in r] for r in t]
        t.close()
    else:
        back = dbfread.DBF(name + '.dbf', load=True, encoding='utf-8' if codepage == 'utf8' else None)
        names, records = back.field_names, [list(r.values()) for r in back.records]
    with open(name + '.csv', 'w', newline='', encoding='utf-8') as f:
        w = csv.writer(f)
        w.writerow(names)
        w.writerows([spell(v) for v in r] for r in records)

memo = ['Rumah di tepi Bengawan; atap genténg.', '', 'x' * 700 + ' akhir', 'Satu\r\ndua', '']
# dBase III with .dbt, code page 850, two deleted rows.
make('db3memo', 'db3', 'URUT N(5,0); NAMA C(20); PKH L; TGL D; NILAI N(12,2); CATATAN M',
     [(1, 'Tuban é', True, D(2024, 3, 1), decimal.Decimal('1250000.50'), memo[0]),
      (2, '', None, None, None, memo[1]),
      (3, 'Kabupatén Kediri', False, D(1899, 12, 31), decimal.Decimal('-0.25'), memo[2]),
      (4, 'dihapus', False, D(2024, 1, 1), decimal.Decimal('1'), memo[0]),
      (5, 'Sampang', True, D(9999, 12, 31), decimal.Decimal('0'), memo[3])],
     'cp850', deleted=(3,))
# FoxPro 2 with .fpt and floats.
make('fox', 'fp', 'URUT N(5,0); NAMA C(20); BOBOT F(20,6); CATATAN M',
     [(1, 'Pamekasan', 0.125, memo[0]), (2, 'Jémber', -1234.5, memo[2]), (3, '', None, '')], 'cp437')
# Visual FoxPro with all binary types, code page 1252.
make('vfp', 'vfp', 'URUT I; NAMA C(20); UPAH Y; RASIO B; WAKTU T; TGL D; PKH L; N2 N(8,2); CATATAN M',
     [(1, 'Ngawi “café”', decimal.Decimal('1250000.5025'), 1 / 3, DT(2024, 3, 1, 13, 45, 7), D(2024, 3, 1), True, 2.5, memo[0]),
      (-2, 'Sidoarjo', decimal.Decimal('-0.0001'), -1e-300, DT(1900, 1, 1, 0, 0, 1), D(1970, 1, 1), False, -2.25, memo[2]),
      (3, 'Blitar', decimal.Decimal('0'), 0.0, None, None, None, 0, '')],
     'cp1252')
# Clipper: a text wider than 255.
make('clipper', 'clp', 'URUT N(5,0); ALAMAT C(400)', [(1, 'Jalan ' + 'panjang ' * 45), (2, 'Jalan pendek')], 'cp1252')
# Cyrillic, to see that the code page byte is obeyed.
make('cyrillic', 'db3', 'KOTA C(20)', [('Сурабая',), ('Malang',)], 'cp1251')
make('utf8', 'db3', 'KOTA C(20)', [('Désa',)], 'utf8')
# Visual FoxPro with columns that may be null.
make('vfpnull', 'vfp', 'URUT I; NAMA C(10) null; NILAI N(8,2) null; JUMLAH I null; TGL D null',
     [(1, 'Ponorogo', 1.5, 7, D(2024, 2, 29)), (2, dbf.Null, dbf.Null, dbf.Null, dbf.Null), (3, 'Magetan', 0, 0, D(2000, 1, 1))], 'cp1252')
