// What the Swift runtime records about distributed methods, and the metadata needed to tell whose they are.
//
// Layouts are those of Swift 6.3 on 64-bit Linux; the names in comments are those of swift/ABI/Metadata.h,
// MetadataValues.h and GenericContext.h. Elsewhere every function answers "not available".
#pragma once

// The runtime's own, part of its stable binary interface: retains an object unless its deinitialisation has begun. NULL: it
// has.
const void *ac_try_retain(const void *object);

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One distributed method of a loaded image. All pointers stay valid as long as the image is loaded.
typedef struct {
    const char *name;                 // the identifier of its RemoteCallTarget
    const char *function_type;        // mangled, with symbolic references; read it with ac_next_type_token
    const void *generic_environment;  // NULL: not generic
} ac_target;

enum {
    AC_TARGETS_NOT_AVAILABLE = -1,    // another system
    AC_TARGETS_UNKNOWN_LAYOUT = -2,   // an image whose section table has another version, or a record without a name
};

// Copies up to `capacity` records of all loaded images; returns how many there are, or one of the numbers above.
long ac_copy_targets(ac_target *into, long capacity);

typedef enum {
    AC_TOKEN_CHARACTER,
    AC_TOKEN_ACTOR_CLASS,        // reference to the context descriptor of an actor, distributed or not
    AC_TOKEN_NOMINAL_TYPE,       // of any other class, structure or enumeration
    AC_TOKEN_PROTOCOL,
    AC_TOKEN_EXISTENTIAL_SHAPE,  // as in `any Sequence<Int>`
    AC_TOKEN_UNKNOWN_REFERENCE,
} ac_type_token_kind;

typedef struct {
    ac_type_token_kind kind;
    unsigned char character;
    const void *descriptor;  // of an actor class, a nominal type or a protocol
} ac_type_token;

// Reads one piece of a mangled type; returns where the next one starts, NULL at the end.
// `at` must lie in the image where the runtime put it: references are relative to their own address.
const char *ac_next_type_token(const char *at, ac_type_token *token);

// The context descriptor of a class, from its metadata; NULL for anything else.
const void *ac_class_descriptor(const void *metadata);
bool ac_class_is_actor(const void *descriptor);
bool ac_class_is_generic(const void *descriptor);

// How many generic parameters an environment has, Self of a protocol included.
int ac_generic_parameter_count(const void *environment);
// Whether a type meets every requirement of an environment whose only parameter is Self. Asks the runtime.
bool ac_satisfies_environment(const void *environment, const void *metadata);
// Whether a type conforms to the protocols an environment asks of Self, whatever its other parameters are.
bool ac_satisfies_self_protocols(const void *environment, const void *metadata);
