# Writes OUT, the one source that holds the version and the commit. It runs at every build and writes
# only what differs: a commit compiles that file again and nothing else.
#
# The commit is COMMIT where the build was told one; in a source archive what config/commit.txt says;
# in a checkout what git says; else there is none. Nothing of time or place gets in.
set(commit "${COMMIT}")
if(commit STREQUAL "")
    file(READ ${SOURCE}/config/commit.txt commit)
    string(STRIP "${commit}" commit)
    # `git archive` has not been here.
    if(commit MATCHES "Format")
        set(commit "")
    endif()
endif()
# A checkout of its own: not that of somebody who keeps an unpacked archive in theirs. A hook of git,
# in whose environment a build may run, has set which repository is meant.
if(commit STREQUAL "" AND GIT AND EXISTS ${SOURCE}/.git)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env --unset=GIT_DIR --unset=GIT_WORK_TREE --unset=GIT_INDEX_FILE
                ${GIT} --no-optional-locks -C ${SOURCE} describe --always --exclude=* --abbrev=40 --dirty
        OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit MATCHES "^([0-9a-f]+)(-dirty)?$")
    string(SUBSTRING "${CMAKE_MATCH_1}" 0 12 short)
    set(commit "${short}${CMAKE_MATCH_2}")
else()
    set(commit "")
endif()
configure_file(${SOURCE}/config/version_values.cpp.in ${OUT} @ONLY)
