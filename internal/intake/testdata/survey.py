"""Writes the exports of one invented household survey as KoboToolbox (formpack, by
xlsxwriter and with semicolons), an older server (n/a, True and False) and ODK Central
write them. The names of columns and their order are those of their own tests."""
import csv, datetime as dt, random, uuid
import xlsxwriter

random.seed(7)
N = 30
kab = ['Pacitan', 'Ponorogo', 'Kediri']
first = ['Contoh', 'Rekaan', 'Karangan', 'Umpama']
houses, members = [], []
for i in range(N):
    u = str(uuid.UUID(int=random.getrandbits(128), version=4))
    at = dt.datetime(2026, 3, 2, 8, 15, 3, 412000) + dt.timedelta(hours=3 * i)
    multi = [c for c in ('pkh', 'sembako', 'tidak_ada') if random.random() < .5]
    houses.append(dict(u=u, start=at, end=at + dt.timedelta(minutes=34), kab=kab[i % 3], nama=f'{first[i % 4]} Orang {i + 1}', hp=f'0812{34567000 + i}', multi=multi if i % 5 else None,
        lat=-7.8 - i / 1000, lon=111.2 + i / 1000, makan=450000 + 25000 * i if i % 7 else None, status='Kontrak' if i % 2 else 'Milik sendiri', puas=i % 5 + 1))
    for j in range(3 + i % 3):
        members.append(dict(house=i, nama=f'{first[j % 4]} Anggota {i}-{j}', umur=7 * (j + 1) + i % 9, sekolah='ya' if (i + j) % 2 else 'tidak'))

choices = ['pkh', 'sembako', 'tidak_ada']
iso = lambda t: t.strftime('%Y-%m-%dT%H:%M:%S.') + f'{t.microsecond // 1000:03d}+07:00'

def kobo(sep='/', labels=False, nothing='', yes='1', no='0'):
    q = (lambda name, label: label) if labels else (lambda name, label: name)
    head = ['start', 'end', 'today', 'username', 'deviceid', 'phonenumber',
            q('lokasi/kabupaten', 'Kabupaten/kota tempat tinggal'), q('krt/nama_krt', 'Siapa nama kepala rumah tangga?'), q('krt/no_hp', 'Nomor HP yang dapat dihubungi'),
            q('bantuan/jenis', 'Bantuan apa saja yang diterima?')] + [q('bantuan/jenis', 'Bantuan apa saja yang diterima?') + '/' + c for c in choices] + [
            q('lokasi/titik', 'Titik rumah')] + [f'_{q("titik", "Titik rumah")}_{p}' for p in ('latitude', 'longitude', 'altitude', 'precision')] + [
            q('makan_sebulan', 'Berapa pengeluaran makanan sebulan (Rp)?'), q('status_rumah', 'Status rumah'), q('puas', 'Seberapa puas?'),
            '__version__', '_id', '_uuid', '_submission_time', '_validation_status', '_notes', '_status', '_submitted_by', '_tags', 'meta/instanceID', 'meta/instanceName', '_index']
    rows = []
    for i, h in enumerate(houses):
        rows.append([iso(h['start']), iso(h['end']), h['start'].date().isoformat(), 'enum01', 'collect:Rekaan0123456789', nothing, h['kab'], h['nama'], h['hp'],
            ' '.join(h['multi']) if h['multi'] is not None else nothing] + [(yes if c in h['multi'] else no) if h['multi'] is not None else nothing for c in choices] + [
            f'{h["lat"]} {h["lon"]} 120.5 4.9', h['lat'], h['lon'], 120.5, 4.9, h['makan'] if h['makan'] else nothing, h['status'], h['puas'],
            'vRekaan1', 700000 + i, h['u'], (h['end'] + dt.timedelta(hours=-7)).strftime('%Y-%m-%dT%H:%M:%S'), '', '', 'submitted_via_web', 'enum01', '', 'uuid:' + h['u'], f'{h["nama"]} {h["kab"]}', i + 1])
    return head, rows

def repeats():
    head = ['anggota/nama_art', 'anggota/umur', 'anggota/sekolah', '_index', '_parent_table_name', '_parent_index', '_submission__id', '_submission__uuid', '_submission__submission_time',
            '_submission__validation_status', '_submission__notes', '_submission__status', '_submission__submitted_by', '_submission__tags']
    return head, [[m['nama'], m['umur'], m['sekolah'], k + 1, 'Survei Rumah Tangga 2026', m['house'] + 1, 700000 + m['house'], houses[m['house']]['u'], houses[m['house']]['end'].strftime('%Y-%m-%dT%H:%M:%S'),
                   '', '', 'submitted_via_web', 'enum01', ''] for k, m in enumerate(members)]

for name, labels in (('kobo.xlsx', False), ('kobo-labels.xlsx', True)):
    book = xlsxwriter.Workbook(name, {'default_date_format': 'yyyy-mm-dd'})
    for title, (head, rows) in (('Survei Rumah Tangga 2026', kobo(labels=labels)), ('anggota', repeats())):
        sheet = book.add_worksheet(title)
        for r, row in enumerate([head] + rows):
            for c, v in enumerate(row):
                if v != '':
                    sheet.write(r, c, v) if isinstance(v, str) is False else sheet.write_string(r, c, v)
    book.close()

with open('kobo.csv', 'w', newline='', encoding='utf-8-sig') as f:
    w = csv.writer(f, delimiter=';', quoting=csv.QUOTE_ALL)
    head, rows = kobo()
    w.writerows([head] + rows)
with open('ona.csv', 'w', newline='') as f:
    head, rows = kobo(nothing='n/a', yes='True', no='False')
    csv.writer(f).writerows([head] + rows)

zulu = lambda t: (t - dt.timedelta(hours=7)).strftime('%Y-%m-%dT%H:%M:%S.') + f'{t.microsecond // 1000:03d}Z'
with open('odk.csv', 'w', newline='') as f:
    w = csv.writer(f, lineterminator='\n')
    w.writerow(['SubmissionDate', 'start', 'end', 'today', 'deviceid', 'lokasi-kabupaten', 'krt-nama_krt', 'krt-no_hp', 'bantuan-jenis'] + ['bantuan-jenis/' + c for c in choices] +
        ['lokasi-titik-Latitude', 'lokasi-titik-Longitude', 'lokasi-titik-Altitude', 'lokasi-titik-Accuracy', 'makan_sebulan', 'status_rumah', 'puas', 'meta-instanceID', 'meta-instanceName', 'KEY',
         'SubmitterID', 'SubmitterName', 'AttachmentsPresent', 'AttachmentsExpected', 'Status', 'ReviewState', 'DeviceID', 'Edits', 'FormVersion'])
    for h in houses:
        m = h['multi'] or []
        w.writerow([zulu(h['end']), iso(h['start']), iso(h['end']), h['start'].date().isoformat(), 'collect:Rekaan0123456789', h['kab'], h['nama'], h['hp'], ' '.join(m)] + [int(c in m) for c in choices] +
            [h['lat'], h['lon'], 120.5, 4.9, h['makan'] or '', h['status'], h['puas'], 'uuid:' + h['u'], f'{h["nama"]} {h["kab"]}', 'uuid:' + h['u'], 5, 'enum01', 0, 0, '', '', 'collect:Rekaan0123456789', 0, '2026030101'])
with open('odk-anggota.csv', 'w', newline='') as f:
    w = csv.writer(f, lineterminator='\n')
    w.writerow(['nama_art', 'umur', 'sekolah', 'PARENT_KEY', 'KEY'])
    for k, m in enumerate(members):
        u = 'uuid:' + houses[m['house']]['u']
        w.writerow([m['nama'], m['umur'], m['sekolah'], u, f'{u}/anggota[{k + 1}]'])

import json
head, rows = kobo(nothing=None)
skip = {f'bantuan/jenis/{c}' for c in choices} | {'_titik_latitude', '_titik_longitude', '_titik_altitude', '_titik_precision', '_index', '_validation_status', '_notes', '_tags'}
results = []
for r, h in zip(rows, houses):
    one = {k: v if isinstance(v, int) and k == '_id' else str(v) for k, v in zip(head, r) if v is not None and v != '' and k not in skip}
    one |= {'_geolocation': [h['lat'], h['lon']], '_attachments': [], '_tags': [], '_notes': [], '_validation_status': {}, 'formhub/uuid': 'f' * 32,
            'anggota': [{'anggota/nama_art': m['nama'], 'anggota/umur': str(m['umur'])} for m in members if houses[m['house']] is h]}
    results.append(one)
json.dump({'count': N, 'next': None, 'previous': None, 'results': results}, open('kobo.json', 'w'))
