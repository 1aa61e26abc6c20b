#include "include/targets.h"

#if defined(__linux__) && defined(__LP64__)
#include <stdlib.h>
#include <string.h>

// --- The runtime's entry points ---

// MetadataSectionRange and MetadataSections of swift/shims/MetadataSections.h.
typedef struct {
    uintptr_t start;
    size_t length;
} section_range;

typedef struct {
    uintptr_t version;
    const void *base, *unused0, *unused1;
    section_range before[12];
    section_range accessible_functions;
} metadata_sections;

enum { KNOWN_SECTIONS_VERSION = 5 };

// BufferAndSize of the Distributed runtime.
typedef struct {
    void *tables;
    intptr_t count;
} witness_tables;

extern void swift_enumerateAllMetadataSections(bool (*body)(const metadata_sections *, void *), void *context);
extern const void *swift_conformsToProtocol(const void *metadata, const void *protocol);
extern __attribute__((swiftcall)) witness_tables swift_distributed_getWitnessTables(
    const void *environment, const void *const *arguments);

// RelativeDirectPointer: the distance from the field itself, zero for none.
static const void *relative(const int32_t *field) { return *field ? (const char *)field + *field : NULL; }

// --- Records ---

// TargetAccessibleFunctionRecord.
typedef struct {
    int32_t name, generic_environment, function_type, function;
    uint32_t flags;
} accessible_function;

enum { ACCESSIBLE_FUNCTION_IS_DISTRIBUTED = 1 };  // AccessibleFunctionFlags::Distributed

typedef struct {
    ac_target *into;
    long capacity, count;
} collection;

static bool collect_image(const metadata_sections *sections, void *context) {
    collection *found = context;
    if (found->count < 0) return false;
    if (sections->version != KNOWN_SECTIONS_VERSION) {
        found->count = AC_TARGETS_UNKNOWN_LAYOUT;
        return false;
    }
    const accessible_function *record = (const accessible_function *)sections->accessible_functions.start;
    size_t records = sections->accessible_functions.length / sizeof *record;
    for (size_t i = 0; i < records; i++, record++) {
        if (!(record->flags & ACCESSIBLE_FUNCTION_IS_DISTRIBUTED)) continue;
        ac_target target = {
            .name = relative(&record->name),
            .function_type = relative(&record->function_type),
            .generic_environment = relative(&record->generic_environment),
        };
        if (!target.name || !target.function_type) {
            found->count = AC_TARGETS_UNKNOWN_LAYOUT;
            return false;
        }
        if (found->count < found->capacity) found->into[found->count] = target;
        found->count++;
    }
    return true;
}

long ac_copy_targets(ac_target *into, long capacity) {
    collection found = {.into = into, .capacity = capacity, .count = 0};
    swift_enumerateAllMetadataSections(collect_image, &found);
    return found.count;
}

// --- Context descriptors ---

// ContextDescriptorFlags: the first word of every context descriptor.
enum {
    CONTEXT_KIND_MASK = 0x1F,
    CONTEXT_KIND_PROTOCOL = 3,     // ContextDescriptorKind::Protocol
    CONTEXT_KIND_CLASS = 16,       // ::Class
    CONTEXT_KIND_STRUCT = 17,      // ::Struct
    CONTEXT_KIND_ENUM = 18,        // ::Enum
    CONTEXT_IS_GENERIC = 0x80,     // ContextDescriptorFlags::isGeneric
    CONTEXT_KIND_FLAGS_SHIFT = 16, // ContextDescriptorFlags::getKindSpecificFlags
    CLASS_IS_ACTOR = 1 << 7,       // TypeContextDescriptorFlags::Class_IsActor
};

static uint32_t context_flags(const void *descriptor) { return *(const uint32_t *)descriptor; }

bool ac_class_is_actor(const void *descriptor) {
    return context_flags(descriptor) >> CONTEXT_KIND_FLAGS_SHIFT & CLASS_IS_ACTOR;
}

bool ac_class_is_generic(const void *descriptor) { return context_flags(descriptor) & CONTEXT_IS_GENERIC; }

// TargetClassMetadata without Objective-C: kind, superclass, four words of sizes and flags, then Description.
typedef struct {
    uintptr_t kind;
    const void *superclass;
    uint32_t flags, instance_address_point, instance_size;
    uint16_t alignment_mask, reserved;
    uint32_t class_size, class_address_point;
    const void *description;
} class_metadata;

_Static_assert(offsetof(class_metadata, description) == 40, "TargetClassMetadata::Description");

enum { METADATA_KIND_CLASS = 0 };  // MetadataKind::Class

const void *ac_class_descriptor(const void *metadata) {
    const class_metadata *class = metadata;
    return class->kind == METADATA_KIND_CLASS ? class->description : NULL;
}

// --- Mangled types ---

// The control characters of docs/ABI/Mangling.rst, "Symbolic references".
enum {
    DIRECT_CONTEXT = 0x01,
    INDIRECT_CONTEXT = 0x02,
    UNIQUE_EXISTENTIAL_SHAPE = 0x0A,
    OTHER_EXISTENTIAL_SHAPE = 0x0B,
    LAST_RELATIVE_REFERENCE = 0x17,  // followed by 4 bytes
    LAST_REFERENCE = 0x1F,           // followed by a pointer
    PADDING = 0xFF,
};

static ac_type_token_kind kind_of_context(const void *descriptor) {
    switch (context_flags(descriptor) & CONTEXT_KIND_MASK) {
    case CONTEXT_KIND_CLASS: return ac_class_is_actor(descriptor) ? AC_TOKEN_ACTOR_CLASS : AC_TOKEN_NOMINAL_TYPE;
    case CONTEXT_KIND_STRUCT:
    case CONTEXT_KIND_ENUM: return AC_TOKEN_NOMINAL_TYPE;
    case CONTEXT_KIND_PROTOCOL: return AC_TOKEN_PROTOCOL;
    default: return AC_TOKEN_UNKNOWN_REFERENCE;
    }
}

static ac_type_token reference(unsigned char control, const char *field) {
    if (control == UNIQUE_EXISTENTIAL_SHAPE || control == OTHER_EXISTENTIAL_SHAPE)
        return (ac_type_token){.kind = AC_TOKEN_EXISTENTIAL_SHAPE};
    ac_type_token unknown = {.kind = AC_TOKEN_UNKNOWN_REFERENCE};
    if (control != DIRECT_CONTEXT && control != INDIRECT_CONTEXT) return unknown;
    int32_t distance;
    memcpy(&distance, field, sizeof distance);  // mangled names have no alignment
    const void *descriptor = field + distance;
    if (control == INDIRECT_CONTEXT) descriptor = *(const void *const *)descriptor;
    if (!descriptor) return unknown;  // a weakly linked type that is not there
    return (ac_type_token){.kind = kind_of_context(descriptor), .descriptor = descriptor};
}

const char *ac_next_type_token(const char *at, ac_type_token *token) {
    while ((unsigned char)*at == PADDING) at++;
    unsigned char character = (unsigned char)*at;
    if (character == 0) return NULL;
    if (character > LAST_REFERENCE) {
        *token = (ac_type_token){.kind = AC_TOKEN_CHARACTER, .character = character};
        return at + 1;
    }
    *token = reference(character, at + 1);
    return at + 1 + (character <= LAST_RELATIVE_REFERENCE ? sizeof(int32_t) : sizeof(void *));
}

// --- Generic environments ---

// TargetGenericEnvironment: flags, cumulative parameter counts by level, one byte per parameter, requirements.
enum {
    ENVIRONMENT_LEVELS_MASK = 0xFFF,         // GenericEnvironmentFlags::NumGenericParameterLevelsMask
    ENVIRONMENT_REQUIREMENTS_SHIFT = 12,     // ::NumGenericRequirementsShift
    ENVIRONMENT_REQUIREMENTS_MASK = 0xFFFF,  // ::NumGenericRequirementsMask
    REQUIREMENT_KIND_MASK = 0x1F,            // GenericRequirementFlags::getKind
    REQUIREMENT_KIND_PROTOCOL = 0,           // GenericRequirementKind::Protocol
    POINTER_IS_INDIRECT = 1,                 // RelativeIndirectablePointerIntPair
    PROTOCOL_IS_OBJC = 2,                    // RelativeTargetProtocolDescriptorPointer
};

// TargetGenericRequirementDescriptor.
typedef struct {
    uint32_t flags;
    int32_t parameter, constraint;
} generic_requirement;

typedef struct {
    uint32_t flags;
    uint16_t parameter_counts[];
} generic_environment;

static size_t level_count(const generic_environment *environment) {
    return environment->flags & ENVIRONMENT_LEVELS_MASK;
}

int ac_generic_parameter_count(const void *environment) {
    const generic_environment *generic = environment;
    size_t levels = level_count(generic);
    return levels ? generic->parameter_counts[levels - 1] : 0;
}

bool ac_satisfies_environment(const void *environment, const void *metadata) {
    if (ac_generic_parameter_count(environment) != 1) return false;
    witness_tables found = swift_distributed_getWitnessTables(environment, &metadata);
    free(found.tables);
    return found.count >= 0;
}

static bool meets(const generic_requirement *requirement, const void *metadata) {
    const char *parameter = relative(&requirement->parameter);
    if ((requirement->flags & REQUIREMENT_KIND_MASK) != REQUIREMENT_KIND_PROTOCOL) return true;
    if (!parameter || strcmp(parameter, "x") != 0) return true;  // "x" is Self
    if (requirement->constraint & PROTOCOL_IS_OBJC) return false;
    const char *protocol = (const char *)&requirement->constraint + (requirement->constraint & ~3);
    if (requirement->constraint & POINTER_IS_INDIRECT) protocol = *(const char *const *)protocol;
    return protocol && swift_conformsToProtocol(metadata, protocol);
}

bool ac_satisfies_self_protocols(const void *environment, const void *metadata) {
    const generic_environment *generic = environment;
    size_t count = generic->flags >> ENVIRONMENT_REQUIREMENTS_SHIFT & ENVIRONMENT_REQUIREMENTS_MASK;
    uintptr_t end = (uintptr_t)(generic->parameter_counts + level_count(generic))
        + (uintptr_t)ac_generic_parameter_count(environment);
    uintptr_t aligned = (end + _Alignof(generic_requirement) - 1) & ~(uintptr_t)(_Alignof(generic_requirement) - 1);
    const generic_requirement *requirements = (const generic_requirement *)aligned;
    for (size_t i = 0; i < count; i++)
        if (!meets(requirements + i, metadata)) return false;
    return true;
}

#else

long ac_copy_targets(ac_target *into, long capacity) { return AC_TARGETS_NOT_AVAILABLE; }
const char *ac_next_type_token(const char *at, ac_type_token *token) { return NULL; }
const void *ac_class_descriptor(const void *metadata) { return NULL; }
bool ac_class_is_actor(const void *descriptor) { return false; }
bool ac_class_is_generic(const void *descriptor) { return false; }
int ac_generic_parameter_count(const void *environment) { return 0; }
bool ac_satisfies_environment(const void *environment, const void *metadata) { return false; }
bool ac_satisfies_self_protocols(const void *environment, const void *metadata) { return false; }

#endif

extern void *swift_tryRetain(void *object);

const void *ac_try_retain(const void *object) { return swift_tryRetain((void *)object); }
