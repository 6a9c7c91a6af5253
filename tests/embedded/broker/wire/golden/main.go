// golden prints messages of Kafka's protocol as franz-go's codec writes them: an independent witness for ours.
//
//	go run . ../../../../../embedded/broker/wire/messages.txt > ../golden.txt
//
// For every API and served version of the description, for request and response, up to four lines
// "NAME KEY VERSION request|response VARIANT HEX":
//
//	full    every field filled: a string is its field's name, a number a hash of it (see number), an array has two elements
//	null    numbers have their defaults; strings and arrays of plain values are null where they may be; structs once
//	empty   strings and bytes of no length, arrays null where they may be
//	hollow  the same, arrays of no length
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"log"
	"os"
	"reflect"
	"regexp"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

type api struct {
	name           string
	key            int16
	first, highest int16
}

var apiLine = regexp.MustCompile(`^api (\d+) (\w+) (\d+)-(\d+)(?: serve (\d+)\+)?`)

func number16(text string) int16 {
	value, err := strconv.ParseInt(text, 10, 16)
	if err != nil {
		log.Fatal(err)
	}
	return int16(value)
}

func readApis(path string) (apis []api) {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if found := apiLine.FindStringSubmatch(lines.Text()); found != nil {
			one := api{found[2], number16(found[1]), number16(found[3]), number16(found[4])}
			if found[5] != "" {
				one.first = number16(found[5])
			}
			apis = append(apis, one)
		}
	}
	return apis
}

// number tells by its size which width it was written with, and by its value which field it belongs to.
func number(name string, bits int, index int) int64 {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	sum := int64(hash.Sum32())
	switch bits {
	case 8:
		return 1 + sum%100 + int64(index)
	case 16:
		return 0x1000 + sum%0x1000 + int64(index)
	case 32:
		return 0x20000000 + sum%0x10000000 + int64(index)
	default:
		return 0x4000000000000000 + sum + int64(index)
	}
}

// Full fetch responses carry records as bytes, which are never null with us: librdkafka refuses that.
func neverNull(owner reflect.Type, field string) bool {
	return owner == reflect.TypeOf(kmsg.FetchResponseTopicPartition{}) && field == "RecordBatches"
}

// kmsg writes a tagged field in every flexible version when it is not the default; the protocol has these from a later one on.
var taggedFrom = map[string]int16{
	"FetchRequest.ReplicaState":                     15,
	"FetchRequestTopicPartition.ReplicaDirectoryID": 17,
	"FetchRequestTopicPartition.HighWatermark":      18,
	"FetchResponse.Brokers":                         16,
	"ProduceResponse.Brokers":                       10,
	"ProduceResponseTopicPartition.CurrentLeader":   10,
}

func fillStruct(value reflect.Value, variant string, index int, version int16) {
	value.Addr().MethodByName("Default").Call(nil)
	kind := value.Type()
	for i := 0; i < value.NumField(); i++ {
		name := kind.Field(i).Name
		if name == "Version" && i == 0 || kind.Field(i).Type == reflect.TypeOf(kmsg.Tags{}) {
			continue
		}
		if version < taggedFrom[kind.Name()+"."+name] {
			continue
		}
		fill(value.Field(i), name, variant, index, version)
		if variant == "null" && neverNull(kind, name) {
			value.Field(i).SetBytes([]byte{})
		}
	}
}

func fill(value reflect.Value, name, variant string, index int, version int16) {
	full := variant == "full"
	text := ""
	if full {
		text = name + strconv.Itoa(index)
	}
	switch value.Kind() {
	case reflect.Bool:
		if full {
			value.SetBool(true)
		}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if full {
			value.SetInt(number(name, value.Type().Bits(), index))
		}
	case reflect.String:
		value.SetString(text)
	case reflect.Pointer:
		if variant == "null" {
			value.SetZero()
			return
		}
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), name, variant, index, version)
	case reflect.Struct:
		fillStruct(value, variant, index, version)
	case reflect.Array: // a UUID
		for i := 0; full && i < value.Len(); i++ {
			value.Index(i).SetUint(uint64((name + ".UUID.............")[i]) + uint64(index))
		}
	case reflect.Slice:
		fillSlice(value, name, variant, index, version)
	default:
		log.Fatalf("%s: nothing is known about a %s", name, value.Kind())
	}
}

func fillSlice(value reflect.Value, name, variant string, index int, version int16) {
	if value.Type().Elem().Kind() == reflect.Uint8 {
		if variant == "null" {
			value.SetZero()
		} else if variant == "full" {
			value.SetBytes([]byte(name + strconv.Itoa(index)))
		} else {
			value.SetBytes([]byte{})
		}
		return
	}
	count := 0
	switch {
	case variant == "full":
		count = 2
	case variant == "null" && value.Type().Elem().Kind() == reflect.Struct:
		count = 1
	case variant == "null" || variant == "empty":
		value.SetZero()
		return
	}
	value.Set(reflect.MakeSlice(value.Type(), count, count))
	for i := 0; i < count; i++ {
		fill(value.Index(i), name, variant, index+i, version)
	}
}

type message interface {
	AppendTo([]byte) []byte
	SetVersion(int16)
}

func printLines(out *bufio.Writer, one api, version int16, kind string, make func() message) {
	seen := map[string]bool{}
	for _, variant := range []string{"full", "null", "empty", "hollow"} {
		message := make()
		fillStruct(reflect.ValueOf(message).Elem(), variant, 0, version)
		message.SetVersion(version)
		bytes := hex.EncodeToString(message.AppendTo(nil))
		if seen[bytes] {
			continue
		}
		seen[bytes] = true
		fmt.Fprintf(out, "%s %d %d %s %s %s\n", one.name, one.key, version, kind, variant, bytes)
	}
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: golden MESSAGES.TXT")
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, one := range readApis(os.Args[1]) {
		request := kmsg.RequestForKey(one.key)
		if request == nil || request.MaxVersion() < one.highest {
			log.Fatalf("%s: kmsg does not know version %d", one.name, one.highest)
		}
		for version := one.first; version <= one.highest; version++ {
			printLines(out, one, version, "request", func() message { return kmsg.RequestForKey(one.key) })
			printLines(out, one, version, "response", func() message { return kmsg.ResponseForKey(one.key) })
		}
	}
}
