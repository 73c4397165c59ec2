// Package geojson reads boundaries and places in GeoJSON (RFC 7946): one row a
// feature, numbered from 1, its properties as columns and its geometry as the
// text of the column "geometry". What the properties mean is decided by the room
// grid. A feature is held in memory at a time.
//
// A geometry that is none (an open ring, a place off the earth, latitude before
// longitude) is a bad cell. Coordinates in another system than WGS 84, TopoJSON
// and texts without a collection of features are refused.
package geojson
