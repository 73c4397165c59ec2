package bps

import (
	"strings"
	"unicode"
)

// provinces are the codes that BPS gives the provinces, by the letters of their
// names: tables by province stand beside each other in files that have no codes.
// Those of Papua since its split in 2022 (Laws 14, 15, 16 and 29 of 2022).
var provinces = map[string]string{
	"aceh": "11", "nanggroeacehdarussalam": "11", "sumaterautara": "12", "sumaterabarat": "13", "riau": "14", "jambi": "15", "sumateraselatan": "16", "bengkulu": "17", "lampung": "18",
	"kepulauanbangkabelitung": "19", "bangkabelitung": "19", "kepbangkabelitung": "19", "kepulauanriau": "21", "kepriau": "21",
	"dkijakarta": "31", "jawabarat": "32", "jawatengah": "33", "diyogyakarta": "34", "daerahistimewayogyakarta": "34", "jawatimur": "35", "banten": "36",
	"bali": "51", "nusatenggarabarat": "52", "nusatenggaratimur": "53",
	"kalimantanbarat": "61", "kalimantantengah": "62", "kalimantanselatan": "63", "kalimantantimur": "64", "kalimantanutara": "65",
	"sulawesiutara": "71", "sulawesitengah": "72", "sulawesiselatan": "73", "sulawesitenggara": "74", "gorontalo": "75", "sulawesibarat": "76",
	"maluku": "81", "malukuutara": "82", "papuabarat": "91", "papuabaratdaya": "92", "papua": "94", "papuaselatan": "95", "papuatengah": "96", "papuapegunungan": "97",
}

// provinceNamed gives the code of a province by its name; "" for other names.
func provinceNamed(name string) string {
	key := letters(name)
	for _, word := range []string{"", "provinsi", "propinsi", "prov"} {
		if code := provinces[strings.TrimPrefix(key, word)]; code != "" {
			return code
		}
	}
	return ""
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
