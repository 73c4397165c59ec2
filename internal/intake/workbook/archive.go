package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// The bounds against archives that are made to fill memory or time.
const (
	maxParts  = 20_000
	maxSmall  = 16 << 20 // bytes of a part that is read at once
	maxSheet  = 4 << 30
	maxShared = 512 << 20 // bytes of all shared texts
	maxText   = source.MaxText
	maxRatio  = 300 // of unpacked to packed, of parts over bigPart; sheets have 10 to 60
	bigPart   = 64 << 20
)

// archive is the parts of a workbook by name.
type archive struct {
	parts map[string]*zip.File
}

// openArchive opens the file and refuses what is no workbook that can be read.
func openArchive(f source.File) (*archive, error) {
	head := make([]byte, 512)
	n, err := source.ReadAt(f, head, 0)
	if err != nil {
		return nil, err
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, compound(f, head)
	case !bytes.HasPrefix(head, []byte("PK")):
		return nil, problem.New("workbook-magic")
	}
	z, err := zip.NewReader(f, f.Size())
	if err != nil {
		return nil, problem.New("workbook-cut").Because(err)
	}
	a := &archive{map[string]*zip.File{}}
	if len(z.File) > maxParts {
		return nil, problem.New("workbook-bomb", "part", z.File[0].Name)
	}
	for _, p := range z.File {
		name := strings.ToLower(strings.TrimPrefix(p.Name, "/"))
		if p.Flags&1 != 0 {
			return nil, problem.New("workbook-encrypted")
		}
		if strings.Contains(name, "vbaproject") || strings.Contains(name, "macrosheets/") || strings.HasPrefix(name, "basic/") {
			return nil, problem.New("workbook-macros")
		}
		if a.parts[name] != nil {
			return nil, problem.New("workbook-damaged", "part", p.Name)
		}
		a.parts[name] = p
	}
	return a, a.kind()
}

// compound says what an OLE file is: an encrypted workbook or an old one.
func compound(f source.File, head []byte) error {
	if len(head) == 512 {
		shift := binary.LittleEndian.Uint16(head[30:])
		at := (int64(binary.LittleEndian.Uint32(head[48:])) + 1) << min(shift, 12)
		directory := make([]byte, 4096)
		n, err := source.ReadAt(f, directory, at)
		if err == nil && bytes.Contains(directory[:n], wide("EncryptedPackage")) {
			return problem.New("workbook-encrypted")
		}
	}
	return problem.New("workbook-old")
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// kind refuses archives of other programs.
func (a *archive) kind() error {
	if a.parts["mimetype"] != nil {
		return problem.New("workbook-ods")
	}
	if a.parts["[content_types].xml"] == nil && len(a.parts) > 0 { // such as the archive of tables that ODK Central gives
		names := slices.Sorted(maps.Keys(a.parts))
		return problem.New("workbook-packed", "n", len(names), "found", path.Base(names[0]))
	}
	var types struct {
		Overrides []struct {
			Type string `xml:"ContentType,attr"`
		} `xml:"Override"`
		Defaults []struct {
			Type string `xml:"ContentType,attr"`
		} `xml:"Default"`
	}
	if err := a.small("[content_types].xml", &types); err != nil {
		return err
	}
	sheets := false
	for _, o := range append(types.Overrides, types.Defaults...) {
		switch t := strings.ToLower(o.Type); {
		case strings.Contains(t, "macroenabled"):
			return problem.New("workbook-macros")
		case strings.Contains(t, "sheet.binary"):
			return problem.New("workbook-binary")
		case strings.Contains(t, "spreadsheetml.sheet.main") || strings.Contains(t, "spreadsheetml.template.main"):
			sheets = true
		}
	}
	if !sheets {
		return problem.New("workbook-magic")
	}
	return nil
}

// find gives a part; nil where there is none.
func (a *archive) find(name string) *zip.File {
	return a.parts[strings.ToLower(strings.TrimPrefix(path.Clean(name), "/"))]
}

// open gives the content of a part, which may not be longer than it says.
func (a *archive) open(name string, most uint64) (io.ReadCloser, error) {
	p := a.find(name)
	if p == nil {
		return nil, problem.New("workbook-part", "part", name)
	}
	if p.UncompressedSize64 > most || p.UncompressedSize64 > bigPart && p.UncompressedSize64/max(1, p.CompressedSize64) > maxRatio {
		return nil, problem.New("workbook-bomb", "part", name)
	}
	r, err := p.Open()
	if err != nil {
		return nil, problem.New("workbook-damaged", "part", name).Because(err)
	}
	return &part{r, int64(p.UncompressedSize64)}, nil
}

// part ends with an error where it unpacks to more than it says.
type part struct {
	io.ReadCloser
	left int64
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if p.left -= int64(n); p.left < 0 {
		return 0, errors.New("the part is longer than it says")
	}
	return n, err
}

// small reads a part of XML at once.
func (a *archive) small(name string, into any) error {
	r, err := a.open(name, maxSmall)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return problem.New("workbook-damaged", "part", name).Because(err)
	}
	return nil
}

// relations are the parts that a part names, by id.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
		Mode   string `xml:"TargetMode,attr"`
	} `xml:"Relationship"`
}

// related gives the part that another names by id or by the end of its type.
func (r *relations) related(from, id, kind string) string {
	for _, x := range r.All {
		if x.Mode == "External" || !strings.HasSuffix(x.Type, kind) || id != "" && x.ID != id {
			continue
		}
		if strings.HasPrefix(x.Target, "/") {
			return strings.TrimPrefix(path.Clean(x.Target), "/")
		}
		return path.Join(path.Dir(from), x.Target)
	}
	return ""
}
