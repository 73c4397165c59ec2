package workbook

import "strings"

// look is how a number is shown.
type look uint8

const (
	plain   look = iota
	percent      // 0.125 as 12.5 %
	dated        // days as a date
	timed        // a part of a day as hours
)

// styles is the part of styles.xml that says how numbers are shown.
type styles struct {
	Formats []struct {
		ID   int    `xml:"numFmtId,attr"`
		Code string `xml:"formatCode,attr"`
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		Format int `xml:"numFmtId,attr"`
	} `xml:"cellXfs>xf"`
}

// looks gives how each style of a cell shows numbers.
func (s *styles) looks() []look {
	custom := map[int]look{}
	for _, f := range s.Formats {
		custom[f.ID] = formatted(f.Code)
	}
	all := make([]look, len(s.Cells))
	for i, c := range s.Cells {
		l, ok := custom[c.Format]
		if !ok {
			l = builtin(c.Format)
		}
		all[i] = l
	}
	return all
}

// builtin are the formats that files name by number alone (ECMA-376 part 1,
// 18.8.30), with those of East Asian editions.
func builtin(id int) look {
	switch {
	case id == 9 || id == 10:
		return percent
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
		return dated
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47:
		return timed
	}
	return plain
}

// formatted reads a format code: the letters outside quotes, brackets and
// escapes of its first section.
func formatted(code string) look {
	if strings.EqualFold(code, "General") {
		return plain
	}
	day, hour, month, share := false, false, false, false
scan:
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				break scan
			}
			i += n + 1
		case '\\', '_', '*':
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				break scan
			}
			if inside := strings.ToLower(code[i+1 : i+n]); strings.Trim(inside, "hms") == "" {
				hour = true
			}
			i += n
		case ';':
			break scan
		case '%':
			share = true
		case 'y', 'Y', 'd', 'D':
			day = true
		case 'm', 'M':
			month = true
		case 'h', 'H', 's', 'S':
			hour = true
		}
	}
	switch {
	case day || month && !hour:
		return dated
	case hour:
		return timed
	case share:
		return percent
	}
	return plain
}
